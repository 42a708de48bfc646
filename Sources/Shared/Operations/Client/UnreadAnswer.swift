package import CallProtocol

/// The answer of a call before it is made into values, for those who want a part of it first.
package struct UnreadAnswer<Output: Decodable>: Sendable {
    /// The operation's name, for errors.
    let operation: String
    let raw: RawJSON

    /// All of it.
    /// - Throws: `INTERNAL` where it is not as declared.
    package func value() throws(CallError) -> Output {
        try part(Output.self)
    }

    /// What another type makes of it, such as one of its members.
    package func part<Part: Decodable>(_ type: Part.Type) throws(CallError) -> Part {
        try CallClient.decode(type, raw, of: operation)
    }

    /// The same with its text read once, for several looks at it.
    package func scanned() throws(CallError) -> UnreadAnswer {
        UnreadAnswer(operation: operation, raw: try CallClient.scan(raw, of: operation))
    }
}
