package import CallProtocol

/// The operations one side serves. Immutable once made.
package struct OperationRegistry: Sendable {
    /// A mistake in how the registry was put together; found at start.
    package enum Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        case duplicate(String)
        case wrongHandler(String, OperationKind)
        case wrongCarriage(String, OperationKind, Carriage)
        case badName(String)

        package var description: String {
            switch self {
            case .duplicate(let name): "operation \(name) is registered twice"
            case .wrongHandler(let name, let kind): "operation \(name) is a \(kind.rawValue), its handler is not"
            case .wrongCarriage(let name, let kind, let carriage):
                "operation \(name) is a \(kind.rawValue), which cannot have the carriage \(carriage.rawValue)"
            case .badName(let name): "`\(name)` is not namespace/verb"
            }
        }
    }

    private let entries: [String: OperationEntry]

    /// - Throws: ``Mistake``.
    package init(_ entries: [OperationEntry]) throws(Mistake) {
        var table: [String: OperationEntry] = [:]
        for entry in entries {
            let name = entry.descriptor.name
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else { throw .badName(name) }
            guard table[name] == nil else { throw .duplicate(name) }
            guard entry.handlerFitsKind else { throw .wrongHandler(name, entry.descriptor.kind) }
            guard entry.descriptor.kind.allows(entry.descriptor.carriage) else {
                throw .wrongCarriage(name, entry.descriptor.kind, entry.descriptor.carriage)
            }
            table[name] = entry
        }
        self.entries = table
    }

    package subscript(name: String) -> OperationEntry? { entries[name] }

    /// By name.
    package var descriptors: [OperationDescriptor] {
        entries.values.map(\.descriptor).sorted { $0.name < $1.name }
    }

    /// The canonical bytes of what is external, over which the digest in HELLO is made.
    package var canonicalList: [UInt8] {
        let external = descriptors.filter { $0.visibility == .external }
        return JSONValue.array(external.map(\.json)).canonicalBytes()
    }
}

extension OperationEntry {
    fileprivate var handlerFitsKind: Bool {
        switch (handler, descriptor.kind) {
        case (.unary, .query), (.unary, .mutation), (.subscription, .subscription), (.session, .session): true
        default: false
        }
    }
}
