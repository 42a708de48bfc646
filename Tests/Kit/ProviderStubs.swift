import CallProtocol
package import Operations

/// What a hub is asked about imported APIs, where no test asks it: it is there, and has nothing.
package enum ProviderStubs {
    package static let entries: [OperationEntry] = OperationCatalog.hub.filter { $0.name.hasPrefix("provider/") }.map {
        OperationEntry(descriptor: $0, handler: .unary { _, _ in .emptyObject })
    }
}
