import Synchronization

/// The state of a ``ReserveFile`` for a process that lives long: whether the space is there, spent once, taken again.
package final class DiskReserve: Sendable {
    private struct State {
        var isHeld: Bool
        var isRestoring = false
    }

    private let file: ReserveFile
    private let state: Mutex<State>

    /// Takes the space if there is room; blocks, so call it before traffic starts.
    package init(_ file: ReserveFile) {
        self.file = file
        state = Mutex(State(isHeld: file.hold()))
    }

    /// Whether the space is there to be spent. While it is not, nothing new should be taken up.
    package var isHeld: Bool { state.withLock { $0.isHeld } }

    /// Gives the space back to the file system; false when there was none.
    @discardableResult
    package func release() -> Bool {
        state.withLock { state in
            guard state.isHeld else { return false }
            // Before anybody can begin to take it again: what they have made would be removed, and be thought to be there.
            file.release()
            state.isHeld = false
            return true
        }
    }

    /// Takes the space again where it was given up and there is room; whether it is held now.
    @discardableResult
    package func restore() async -> Bool {
        let isMine = state.withLock { state in
            guard !state.isHeld, !state.isRestoring else { return false }
            state.isRestoring = true
            return true
        }
        guard isMine else { return isHeld }
        let file = file
        let held = (try? await offCooperativeThreads { file.hold() }) ?? false
        state.withLock { $0 = State(isHeld: held) }
        return held
    }
}
