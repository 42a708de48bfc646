import Formats
import Synchronization

/// How far a copy is, as a line that is drawn anew.
final class CopyProgress: Sendable {
    fileprivate struct State {
        var name: String
        var done: Int64 = 0
        var total: Int64 = 0
        /// Where this process began, and when.
        var first: Int64?
        var began = ContinuousClock.now
        var isInterrupted = false
        var isDrawn = false
    }

    private static let interval = Duration.milliseconds(200)
    private static let barWidth = 24

    private let state: Mutex<State>

    /// Characters of a name: with more the line would not fit, and could not be drawn anew.
    private static let nameWidth = 24

    init(_ name: String) {
        let short = name.count > Self.nameWidth ? "…" + name.suffix(Self.nameWidth - 1) : name
        state = Mutex(State(name: short))
    }

    func begin(at offset: Int64, of total: Int64) {
        state.withLock { state in
            state.done = offset
            state.total = total
            state.isInterrupted = false
            if state.first == nil {
                state.first = offset
                state.began = .now
            }
        }
    }

    func add(_ bytes: Int) { state.withLock { $0.done += Int64(bytes) } }

    /// The link was lost.
    func interrupted() { state.withLock { $0.isInterrupted = true } }

    /// Draws until its task is cancelled.
    func draw() async {
        while (try? await Task.sleep(for: Self.interval)) != nil { StandardError.write(next()) }
    }

    /// Takes the line away.
    func clear() {
        let isDrawn = state.withLock { state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }
        if isDrawn { StandardError.write("\r\u{1B}[K") }
    }

    private func next() -> String {
        state.withLock { state in
            state.isDrawn = true
            return "\r" + Self.line(state.name, Self.Reading(state)) + "\u{1B}[K"
        }
    }

    struct Reading: Sendable {
        var done: Int64
        var total: Int64
        /// Bytes a second; nil before there is anything to tell from.
        var rate: Double?
        var isInterrupted: Bool
    }

    /// The line for people.
    static func line(_ name: String, _ reading: Reading) -> String {
        guard reading.total > 0 else { return "\(name)  looking at what there is" }
        let part = Double(min(reading.done, reading.total)) / Double(reading.total)
        let full = Int(part * Double(barWidth))
        let bar = String(repeating: "=", count: full) + String(repeating: " ", count: barWidth - full)
        var text = "\(name)  [\(bar)] \(Int(part * 100)) %  "
        text += "\(ByteSize.string(reading.done)) of \(ByteSize.string(reading.total))"
        if reading.isInterrupted { return text + "  the link is lost; trying again" }
        guard let rate = reading.rate, rate >= 1 else { return text }
        let rest = Double(reading.total - reading.done) / rate
        return text + "  \(ByteSize.string(Int64(rate)))/s  \(DurationText.string(.seconds(Int64(rest)))) to go"
    }
}

extension CopyProgress.Reading {
    fileprivate init(_ state: CopyProgress.State) {
        let passed = state.began.duration(to: .now) / .seconds(1)
        let moved = Double(state.done - (state.first ?? 0))
        self.init(
            done: state.done, total: state.total, rate: passed > 0.5 && moved > 0 ? moved / passed : nil,
            isInterrupted: state.isInterrupted)
    }
}
