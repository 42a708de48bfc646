package import CallProtocol

/// An operation of the provider, and what its input is made of.
package struct MappedCall: Sendable, Hashable {
    /// By its own name in the document.
    package let operation: String
    let input: Template

    /// - Parameter names: what its expressions may begin paths with.
    init(_ fields: inout MappingFields, names: Set<String>) throws(CallError) {
        operation = try fields.need("call", try fields.text("call"))
        input = try fields.template("input", names: names) ?? .empty
    }

    /// Whether its input needs a name.
    func uses(_ name: String) -> Bool { input.names.contains(name) }

    /// What its input takes from below a path.
    func members(of path: [String]) -> Set<String> { input.members(of: path) }

    /// - Throws: `INVALID_INPUT` where an expression cannot be worked out.
    package func input(_ names: [String: JSONValue]) throws(CallError) -> JSONValue {
        do throws(ExpressionError) { return try input.value(names) } catch {
            throw CallError(.invalidInput, "the mapping's input of \(operation): \(error)")
        }
    }
}
