package import CallProtocol

/// Where a secret is found, at the hub. The secret itself is kept nowhere.
package struct CredentialSource: Sendable, Hashable, CustomStringConvertible {
    package enum Place: Sendable, Hashable {
        /// A variable of the hub's environment.
        case variable(String)
        /// A file at the hub, without its last line break.
        case file(String)
        /// A program at the hub and its arguments; what it prints, without its last line break.
        case program([String])
    }

    /// The security scheme that it is for; nil for any.
    package var scheme: String?
    package var place: Place
    /// As it was written.
    package var description: String

    /// - Throws: `INVALID_INPUT` for anything but `[SCHEME=]env:VAR`, `file:/PATH` and `exec:COMMAND`.
    package init(_ text: String) throws(CallError) {
        description = text
        var rest = text[...]
        let kinds = ["env:", "file:", "exec:"]
        if !kinds.contains(where: { text.hasPrefix($0) }), let mark = text.firstIndex(of: "=") {
            scheme = String(text[..<mark])
            rest = text[text.index(after: mark)...]
        }
        guard let kind = kinds.first(where: { rest.hasPrefix($0) }) else {
            // What was meant may be the secret itself: it is not repeated.
            throw CallError(
                .invalidInput, "a credential is env:VAR, file:PATH or exec:COMMAND, at the hub; never the secret itself"
            )
        }
        let value = String(rest.dropFirst(kind.count))
        switch kind {
        case "env:":
            guard !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "=") }) else {
                throw CallError(.invalidInput, "`\(text.prefix(100))` names no variable")
            }
            place = .variable(value)
        case "file:":
            guard value.hasPrefix("/") else {
                throw CallError(.invalidInput, "`\(text.prefix(200))` is no absolute path: the file is the hub's")
            }
            place = .file(value)
        default:
            let words = value.split(separator: " ").map(String.init)
            guard let program = words.first, program.hasPrefix("/") else {
                throw CallError(
                    .invalidInput, "`\(text.prefix(200))` is no absolute path of a program: it is run by the hub")
            }
            place = .program(words)
        }
    }
}
