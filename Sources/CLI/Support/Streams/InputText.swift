import Daemon

/// An argument that may stand for more than itself: `-` for stdin, `@FILE` for a file.
enum InputText {
    /// The text that `argument` stands for.
    /// - Parameter limit: bytes, at most.
    /// - Throws: a ``Failure`` when there is nothing to read or too much of it.
    static func resolve(_ argument: String, limit: Int = 8 << 20) async throws -> String {
        if argument == "-" { return try await InputDescriptor().text(limit: limit) }
        guard argument.hasPrefix("@") else { return argument }
        let path = String(argument.dropFirst())
        guard !path.isEmpty else { throw Failure.misuse("after `@` the name of a file is needed") }
        return String(decoding: try AtomicFile.read(path, limit: limit), as: UTF8.self)
    }
}
