import Formats
package import Logging
import Synchronization

/// The log of a process: one JSON object a line, `{"ts","level","label","msg",...metadata}`.
///
/// Messages are constant texts and what differs is metadata, so equal lines can be told: of more than ``limit`` with the same
/// level, label and message in a window the rest is held back, and a line `"msg":"repeated"` with `of` and `times` says so
/// later.
package final class JSONLinesLog: Sendable {
    struct Line: Hashable {
        let level: Logger.Level
        let label: String
        let message: String
    }

    private let sink: any LineSink
    private let now: @Sendable () -> Int64
    private let limiter: Mutex<RepeatLimiter<Line>>

    /// - Parameters:
    ///   - limit: equal lines written in a window before the rest is held back.
    ///   - window: the length of the window.
    ///   - now: unix milliseconds.
    package init(
        sink: any LineSink, limit: Int = 50, window: Duration = .seconds(10),
        now: @escaping @Sendable () -> Int64 = RFC3339.now
    ) {
        self.sink = sink
        self.now = now
        limiter = Mutex(RepeatLimiter(limit: limit, window: window))
    }

    /// A logger that writes here; `label` says which part of the program speaks.
    ///
    /// - Parameter limitsRepeats: false where every line counts, as in an audit, however many are alike.
    package func logger(label: String, level: Logger.Level = .info, limitsRepeats: Bool = true) -> Logger {
        Logger(label: label) { label in
            JSONLinesHandler(log: self, label: label, logLevel: level, limitsRepeats: limitsRepeats)
        }
    }

    /// Writes what is still held back; call it before the process ends.
    package func flush() {
        let time = now()
        let held = limiter.withLock { $0.drain() }
        for summary in held { write(summary, at: time) }
    }

    func write(_ line: Line, _ metadata: Logger.Metadata, limitsRepeats: Bool = true) {
        let time = now()
        if limitsRepeats {
            let decision = limiter.withLock { $0.admit(line, at: time) }
            for summary in decision.ended { write(summary, at: time) }
            guard decision.isAdmitted else { return }
        }
        var json = begin(line.level, line.label, line.message, at: time)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            json.add(JSONLinesLog.reserved.contains(key) ? "meta." + key : key, LineValue(value))
        }
        sink.write(json.finish())
    }

    /// Keys that every line has; metadata of the same name must not shadow them.
    private static let reserved: Set<String> = ["ts", "level", "label", "msg"]

    private func write(_ summary: RepeatLimiter<Line>.Summary, at time: Int64) {
        var json = begin(summary.key.level, summary.key.label, "repeated", at: time)
        json.add("of", .string(summary.key.message))
        json.add("times", .integer(Int64(summary.times)))
        sink.write(json.finish())
    }

    private func begin(_ level: Logger.Level, _ label: String, _ message: String, at time: Int64) -> JSONLine {
        var json = JSONLine()
        json.add("ts", .string(RFC3339.string(time)))
        json.add("level", .string(level.rawValue))
        json.add("label", .string(label))
        json.add("msg", .string(message))
        return json
    }
}
