package import CallProtocol

/// Discovery: what can be asked here.
package enum OperationOperations {
    package static let list = Operation<Empty, OperationList>(
        "operation/list", .query, summary: "The operations this caller may use")
    package static let show = Operation<OperationRef, OperationShown>(
        "operation/show", .query, summary: "One operation with its schemas, errors and examples")

    /// Whether an operation, by its name, is one of these: on a node the hub answers it, from what it knows of the node.
    package static func covers(_ operation: String) -> Bool {
        operation == list.name || operation == show.name
    }

    /// The two entries over a registry; they list themselves too.
    /// - Parameter source: what is there besides.
    package static func entries(_ others: [OperationEntry], _ source: (any OperationSource)? = nil) -> [OperationEntry]
    {
        let descriptors = (others.map(\.descriptor) + [list.descriptor, show.descriptor])
            .filter { $0.visibility == .external }.sorted { $0.name < $1.name }
        return [
            list.handled { _, context in
                OperationList(
                    operations: (descriptors + (source?.descriptors ?? [])).filter { context.caller.may($0.access) }.map
                    {
                        OperationList.Row(name: $0.name, kind: $0.kind.rawValue, summary: $0.summary)
                    })
            },
            show.handled { input, context in
                var found = descriptors.first { $0.name == input.name }
                if found == nil { found = try source?.descriptor(input.name, for: context.caller) }
                guard let found, context.caller.may(found.access)
                else { throw CallError(.notFound, "there is no operation `\(input.name)` here") }
                return OperationShown(operation: RawJSON(found.json))
            },
        ]
    }
}

package struct OperationRef: Described, Hashable {
    package var name: String

    package init(name: String) {
        self.name = name
    }

    package static let schema = JSONSchema.object(["name": .string(minLength: 1, maxLength: 128)], required: ["name"])
}

package struct OperationList: Described, Hashable {
    package struct Row: Codable, Sendable, Hashable {
        package var name: String
        package var kind: String
        package var summary: String

        package init(name: String, kind: String, summary: String) {
            self.name = name
            self.kind = kind
            self.summary = summary
        }
    }

    package var operations: [Row]

    package init(operations: [Row]) {
        self.operations = operations
    }

    package static let schema = JSONSchema.object(
        [
            "operations": .array(
                of: .object(
                    ["name": .string(), "kind": .string(), "summary": .string()],
                    required: ["name", "kind", "summary"]))
        ], required: ["operations"])
}

package struct OperationShown: Described, Hashable {
    package var operation: RawJSON

    package init(operation: RawJSON) {
        self.operation = operation
    }

    package static let schema = JSONSchema.object(["operation": .any], required: ["operation"])
}
