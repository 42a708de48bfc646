import CallProtocol
import Foundation
import NIOCore
import Synchronization

/// The log lines of pods, and who reads them as they come.
final class RunPodLogBook: Sendable {
    /// Where a reader begins.
    enum Start: Sendable {
        case tail(Int)
        case since(Date)
        /// Behind the line of that id.
        case after(line: Int)
        case afterTime(Date)
    }

    private struct Line {
        let number: Int
        let date: Date
        let source: String
        let event: ByteBuffer
    }

    private struct Reader {
        let pod: String
        let source: String?
        let continuation: AsyncStream<ByteBuffer>.Continuation
    }

    private struct State {
        var lines: [String: [Line]] = [:]
        var numbers: [String: Int] = [:]
        var readers: [Int: Reader] = [:]
        var nextReader = 0
    }

    /// Lines kept for each pod; as many as can be asked for.
    static let limit = 5_000

    private let state = Mutex(State())

    /// A line that a pod has written. Its id is the time and a number, as in the document's example.
    func append(_ text: String, source: String, pod: String, at date: Date) {
        state.withLock { state in
            let number = state.numbers[pod, default: 0] + 1
            state.numbers[pod] = number
            let time = date.formatted(.iso8601)
            let data: JSONValue = ["ts": .string(time), "source": .string(source), "line": .string(text)]
            let digits = String(number)
            let id = "\(time)/\(String(repeating: "0", count: max(12 - digits.count, 0)))\(digits)"
            let event = ByteBuffer(string: "id: \(id)\ndata: \(data)\n\n")
            var lines = state.lines[pod] ?? []
            if lines.count >= Self.limit { lines.removeFirst() }
            lines.append(Line(number: number, date: date, source: source, event: event))
            state.lines[pod] = lines
            for reader in state.readers.values where reader.pod == pod && (reader.source ?? source) == source {
                reader.continuation.yield(event)
            }
        }
    }

    /// The events of a pod from a start on, until ``cut(_:)`` or until the reader goes.
    func read(_ pod: String, source: String?, from start: Start) -> AsyncStream<ByteBuffer> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(4 * Self.limit))
        let number = state.withLock { state in
            state.nextReader += 1
            let lines = (state.lines[pod] ?? []).filter { (source ?? $0.source) == $0.source }
            let chosen: [Line]
            switch start {
            case .tail(let count): chosen = Array(lines.suffix(count))
            case .since(let date): chosen = lines.filter { $0.date >= date }
            case .after(let line): chosen = lines.filter { $0.number > line }
            case .afterTime(let date): chosen = lines.filter { $0.date > date }
            }
            for line in chosen { continuation.yield(line.event) }
            state.readers[state.nextReader] = Reader(pod: pod, source: source, continuation: continuation)
            return state.nextReader
        }
        continuation.onTermination = { _ in self.state.withLock { $0.readers[number] = nil } }
        return stream
    }

    /// Ends the streams of a pod.
    func cut(_ pod: String) {
        let readers = state.withLock { state in state.readers.values.filter { $0.pod == pod } }
        // Not under the lock: ending one removes it, which takes the lock.
        for reader in readers { reader.continuation.finish() }
    }

    /// Pods whose logs are being read.
    var podsRead: Set<String> { state.withLock { Set($0.readers.values.map(\.pod)) } }

    /// What the cursor of a reader means, which is the id of an event or a bare time; nil for neither.
    static func start(after cursor: String) -> Start? {
        let parts = cursor.split(separator: "/", maxSplits: 1)
        guard let time = parts.first, let date = try? Date(String(time), strategy: .iso8601) else { return nil }
        guard parts.count == 2 else { return .afterTime(date) }
        return Int(parts[1]).map { .after(line: $0) }
    }
}
