package import Operations

/// The operations of spokes that this hub knows by name, for access and audit of calls that it only passes on.
package enum SpokeCatalog {
    private static let known = Dictionary(
        uniqueKeysWithValues: OperationCatalog.node.map { ($0.name, $0) })

    /// What an operation takes, known here or not: the scope follows from the name.
    package static func rule(_ name: String) -> AccessRule {
        descriptor(name)?.access
            ?? AccessRule(
                scope: String(
                    decoding: name.utf8.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: ":") : $0 }, as: UTF8.self))
    }

    package static func descriptor(_ name: String) -> OperationDescriptor? { known[name] }
}
