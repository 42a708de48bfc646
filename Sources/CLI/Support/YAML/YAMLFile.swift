import Daemon
import Glibc
import Yams

/// People's YAML: a file or stdin, one document, one mapping.
enum YAMLFile {
    static let maximumLength = 1 << 20

    /// What messages call the file.
    static func name(_ path: String) -> String { path == "-" ? "stdin" : path }

    /// The text of a file, or of stdin for `-`.
    ///
    /// - Parameter what: what it should be, for messages: `a workload`.
    static func read(_ path: String, as what: String) async throws -> String {
        if path == "-" { return try await InputDescriptor().text(limit: maximumLength) }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try AtomicFile.read(path, limit: maximumLength)
        } catch {
            guard case .failed(_, _, let code) = error, code == EISDIR else { throw error }
            throw Failure.malformed("\(path) is a directory, not \(what) in YAML")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure.malformed("\(path) is not UTF-8, so it is no YAML")
        }
        return text
    }

    /// The fields of the one mapping that the text is.
    /// - Throws: a ``Failure`` with the line, exit code 65.
    static func fields(_ text: String, name: String) throws -> YAMLFields {
        let document: Yams.Node?
        do {
            document = try Yams.compose(yaml: text)
        } catch {
            throw Failure.malformed("\(name) is no YAML: \(quoted(reason(error), 300))")
        }
        guard let document, document.null == nil else { throw Failure.malformed("\(name) is empty") }
        return try YAMLFields(document, file: name)
    }

    /// What the file says, for a message: on one line, without control characters, and cut.
    static func quoted(_ text: String, _ length: Int = 64) -> String {
        CellText.line(text.count > length ? text.prefix(length) + "..." : text)
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? YamlError else { return "\(error)" }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            return "twice in one mapping: \(keys.map { "\($0)" }.joined(separator: ", "))"
        case .reader(let problem, _, _, _): return problem
        default: return "\(error)"
        }
    }
}
