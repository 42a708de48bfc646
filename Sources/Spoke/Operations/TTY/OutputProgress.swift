import Processes
import Synchronization

/// How far the pumps of a program's outputs are, for whoever decides when to stop waiting for more.
final class OutputProgress: Sendable {
    /// What one pump does at the moment.
    enum Doing: Sendable, Equatable {
        /// Reading or sending.
        case moving
        /// Waiting for the program to say something.
        case waiting
        case done
    }

    private struct State {
        var doing: [ProcessOutput: Doing] = [.stdout: .moving, .stderr: .moving]
        var moved: UInt64 = 0
        var isLate = false
        var isOpen = false
    }

    private let state = Mutex(State())

    func set(_ doing: Doing, _ output: ProcessOutput) {
        state.withLock { $0.doing[output] = doing }
    }

    func move(_ bytes: Int) {
        state.withLock { $0.moved &+= UInt64(bytes) }
    }

    /// All bytes so far.
    var moved: UInt64 { state.withLock { $0.moved } }

    /// Whether every pump that is not done waits for the program.
    var isSilent: Bool { state.withLock { state in !state.doing.values.contains(.moving) } }

    /// The time for reading on is over: only what the program had written is still taken.
    var isLate: Bool { state.withLock { $0.isLate } }

    /// Whether an output was given up while something still held it open.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Notes that a pump waits for the program; false, and nothing noted, when it is too late for that.
    func beginWaiting(_ output: ProcessOutput) -> Bool {
        state.withLock { state in
            guard !state.isLate else { return false }
            state.doing[output] = .waiting
            return true
        }
    }

    /// From now on it is late: notes that the outputs which wait are given up, and says which they are. In one step, so
    /// that a pump either is among them or learns of it before it waits.
    func giveUpWaiting() -> [ProcessOutput] {
        state.withLock { state in
            state.isLate = true
            let waiting = state.doing.filter { $0.value == .waiting }.map(\.key)
            if !waiting.isEmpty { state.isOpen = true }
            return waiting
        }
    }

    func giveUp() {
        state.withLock { $0.isOpen = true }
    }
}
