import Daemon
import Glibc
import Operations
import Yams

/// A workload as YAML (or JSON, which is YAML too), read strictly: an unknown key is an error that names it.
enum JobFile {
    static let maximumLength = 1 << 20

    /// The workload in a file, or on stdin for `-`.
    static func read(_ path: String) async throws -> WorkloadSpec {
        if path == "-" { return try parse(try await InputDescriptor().text(limit: maximumLength), name: "stdin") }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try AtomicFile.read(path, limit: maximumLength)
        } catch {
            guard case .failed(_, _, let code) = error, code == EISDIR else { throw error }
            throw Failure.malformed("\(path) is a directory, not a workload in YAML")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure.malformed("\(path) is not UTF-8, so it is no YAML")
        }
        return try parse(text, name: path)
    }

    /// - Parameter name: what messages call the file.
    /// - Throws: a ``Failure`` with the line, exit code 65.
    static func parse(_ text: String, name: String) throws -> WorkloadSpec {
        let document: Yams.Node?
        do {
            document = try Yams.compose(yaml: text)
        } catch {
            throw Failure.malformed("\(name) is no YAML: \(reason(error))")
        }
        guard let document, document.null == nil else { throw Failure.malformed("\(name) is empty") }
        var fields = try YAMLFields(document, file: name)
        var spec = WorkloadSpec(cmd: [])
        spec.name = try fields.text("name")
        spec.cmd = try fields.texts("cmd") ?? []
        spec.node = try fields.text("node")
        spec.labels = try fields.selectors("labels")
        spec.cpus = try fields.number("cpus")
        spec.memory = try fields.size("memory")
        spec.env = try fields.map("env")
        spec.cwd = try fields.text("cwd")
        spec.priority = try fields.integer("priority")
        spec.retries = try fields.integer("retries")
        spec.retryOnFailure = try fields.bool("retryOnFailure")
        spec.timeLimitMs = try fields.duration("timeLimit")?.milliseconds
        spec.logLimitBytes = try fields.size("logLimit")
        try fields.finish()
        return spec
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? YamlError else { return "\(error)" }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let keys, _):
            return "twice in one mapping: \(keys.map { "\($0)" }.joined(separator: ", "))"
        default: return "\(error)"
        }
    }
}
