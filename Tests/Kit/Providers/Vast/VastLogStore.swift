import CallProtocol
import Synchronization

/// The logs of instances, and the files that are made of them on request: not there at first, as in a real store.
final class VastLogStore: Sendable {
    private struct State {
        var lines: [String: [String]] = [:]
        var files: [String: (text: String, polls: Int)] = [:]
        var nextFile = 1
    }

    /// Lines kept for each instance.
    private static let limit = 10_000

    private let state = Mutex(State())

    /// A line that an instance, or the daemon beside it, has written.
    func append(_ line: String, instance: String, fromDaemon: Bool) {
        state.withLock { state in
            var lines = state.lines[Self.key(instance, fromDaemon)] ?? []
            if lines.count >= Self.limit { lines.removeFirst() }
            state.lines[Self.key(instance, fromDaemon)] = lines + [line]
        }
    }

    /// Makes a file by the body of a request.
    /// - Parameter polls: how often it is not there when it is fetched.
    /// - Returns: its path.
    func request(_ instance: String, _ body: JSONValue?, polls: Int) -> String {
        state.withLock { state in
            var lines = state.lines[Self.key(instance, body?["daemon_logs"] == "true")] ?? []
            if let filter = body?["filter"]?.stringValue, !filter.isEmpty {
                lines = lines.filter { $0.contains(filter) }
            }
            let tail = body?["tail"]?.stringValue.flatMap { Int($0) } ?? body?["tail"]?.integerValue.map { Int($0) }
            if let tail { lines = Array(lines.suffix(max(tail, 0))) }
            let path = "/logs/file-\(state.nextFile).log"
            state.nextFile += 1
            state.files[path] = (lines.map { $0 + "\n" }.joined(), polls)
            return path
        }
    }

    /// What a store answers for a file. A credential that is not its own is refused: whoever sends the account's key here
    /// gives it to a stranger.
    func fetch(_ request: RecordedRequest) -> FakeResponse {
        if request.header("Authorization") != nil { return Self.error(400, "InvalidArgument") }
        return state.withLock { state in
            guard let file = state.files[request.path] else { return Self.error(404, "NoSuchKey") }
            if file.polls > 0 {
                state.files[request.path]?.polls -= 1
                return Self.error(404, "NoSuchKey")
            }
            return .text(file.text, type: "binary/octet-stream")
        }
    }

    private static func error(_ status: Int, _ code: String) -> FakeResponse {
        .text("<Error><Code>\(code)</Code></Error>", status: status, type: "application/xml")
    }

    private static func key(_ instance: String, _ fromDaemon: Bool) -> String { fromDaemon ? "d" + instance : instance }
}
