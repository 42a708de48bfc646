package import Operations

/// The operations of spokes that this hub knows by name, for access and audit of calls that it only passes on.
package enum SpokeCatalog {
    private static let known: [String: OperationDescriptor] = {
        let all = [
            HostOperations.facts.descriptor, HostOperations.status.descriptor, TTYOperations.open.descriptor,
            OperationOperations.list.descriptor, OperationOperations.show.descriptor,
        ]
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }()

    package static func descriptor(_ name: String) -> OperationDescriptor? { known[name] }
}
