import CallProtocol
import NIOCore
import Operations
import Synchronization

/// What `run` says on stderr, in the order in which it is to be read: what became of an attempt comes after its output,
/// and nothing begins behind output that has not ended its line.
final class RunVoice: Sendable {
    fileprivate struct State {
        /// The output of attempts up to this one has been shown to its end.
        var shown = 0
        /// What has to wait until the output of an attempt is through.
        var held: [(text: String, attempt: Int)] = []
        var line: OpenLine
        var live = LiveLine()
        /// Whether nothing is drawn any more.
        var isOver = false
    }

    let printer: Printer
    /// Whether a line may be drawn anew below what is said.
    let isLive: Bool
    private let write: @Sendable (String) -> Void
    private let state: Mutex<State>
    /// Past this the oldest is dropped: what comes later says more.
    private static let mostHeld = 64

    /// - Parameters:
    ///   - isLive: whether stderr is a terminal on which a line may be drawn anew.
    ///   - write: where it all goes; stderr, but for tests.
    init(
        printer: Printer, line: OpenLine = OpenLine(), isLive: Bool = false,
        write: @escaping @Sendable (String) -> Void = { StandardError.write($0) }
    ) {
        self.printer = printer
        self.isLive = isLive && printer.format == .table && !printer.isQuiet
        self.write = write
        state = Mutex(State(line: line))
    }

    /// Tells of a change: at once, or after the output of the attempts that have ended by then.
    func tell(_ text: String, of view: WorkloadView) {
        state.withLock { state in
            let attempt = view.lastEnded
            guard state.isBehind(attempt) else { return say(text, &state) }
            if state.held.count == Self.mostHeld { state.held.removeFirst() }
            state.held.append((text, attempt))
        }
    }

    /// Shows what goes on now, below all that is said; nil takes it away. Nothing is shown while output comes first.
    func draw(_ text: String?, of view: WorkloadView) {
        guard isLive else { return }
        state.withLock { state in
            let text = state.isOver || state.isBehind(view.lastEnded) ? nil : text
            let end = text == nil ? "" : state.line.close()
            let drawn = end + state.live.drawing(text, columns: LocalTerminal.size?.cols ?? 80)
            if !drawn.isEmpty { write(drawn) }
        }
    }

    /// Takes what is drawn away for good.
    func clear() {
        state.withLock { state in
            state.isOver = true
            let end = state.live.drawing(nil, columns: 0)
            if !end.isEmpty { write(end) }
        }
    }

    /// The output of the attempts up to this one has been shown.
    func finished(_ attempt: Int) {
        state.withLock { state in
            state.shown = max(state.shown, attempt)
            while let first = state.held.first, first.attempt <= state.shown {
                state.held.removeFirst()
                say(first.text, &state)
            }
        }
    }

    /// Says something now, whatever is held back.
    func notice(_ text: String) { state.withLock { say(text, &$0) } }

    /// Says why the exit code is what it is, after everything else; also with `--quiet`.
    func complain(_ failure: Failure) {
        finished(.max)
        clear()
        state.withLock { state in
            write(state.line.close() + ErrorReport.text(failure, format: printer.format))
        }
    }

    /// Says the last words before the process ends for a signal.
    func leave(_ text: String) {
        clear()
        state.withLock { state in write(state.line.close() + "capstan: \(CellText.lines(text))\n") }
    }

    /// To be called for all output that was passed on.
    func passed(_ stream: ChunkType, _ bytes: ByteBuffer) { state.withLock { $0.line.wrote(stream, bytes) } }

    /// Ends a line that output has left open, for what others say next.
    func endLine() {
        state.withLock { state in
            let end = state.line.close()
            if !end.isEmpty { write(end) }
        }
    }

    private func say(_ text: String, _ state: inout State) {
        guard !printer.isQuiet else { return }
        write(state.line.close() + state.live.above(CellText.lines(text) + "\n"))
    }
}

extension RunVoice.State {
    /// Whether output of the attempts up to this one is yet to be shown.
    fileprivate func isBehind(_ attempt: Int) -> Bool { attempt > shown || !held.isEmpty }
}

extension WorkloadView {
    /// The number of the last attempt that has ended; 0 before the first.
    fileprivate var lastEnded: Int { attempts.filter(\.hasEnded).map(\.number).max() ?? 0 }
}
