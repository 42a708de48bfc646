import Synchronization

/// The state of a ``ReserveFile`` for a process that lives long: whether the space is there, spent once, taken again.
package final class DiskReserve: Sendable {
    private enum State {
        case held
        case released
        case restoring(Task<Bool, Never>)
    }

    private let file: ReserveFile
    private let state: Mutex<State>

    /// Takes the space if there is room; blocks, so call it before traffic starts.
    package init(_ file: ReserveFile) {
        self.file = file
        state = Mutex(file.hold() ? .held : .released)
    }

    /// Whether the space is there to be spent. While it is not, nothing new should be taken up.
    package var isHeld: Bool {
        state.withLock { state in
            if case .held = state { true } else { false }
        }
    }

    /// Gives the space back to the file system; false when there was none.
    @discardableResult
    package func release() -> Bool {
        state.withLock { state in
            guard case .held = state else { return false }
            // Before anybody can begin to take it again: what they have made would be removed, and be thought to be there.
            file.release()
            state = .released
            return true
        }
    }

    /// Takes the space again where it was given up and there is room; whether it is held now.
    @discardableResult
    package func restore() async -> Bool {
        guard let joined = attempt() else { return true }
        let isHeld = await joined.task.value
        // One that was under way may have looked before there was room: its "no" is none to who asked later.
        guard !isHeld, !joined.isOwn else { return isHeld }
        guard let later = attempt() else { return true }
        return await later.task.value
    }

    /// The attempt to take the space that is under way, or one begun here; nil while the space is held.
    private func attempt() -> (task: Task<Bool, Never>, isOwn: Bool)? {
        state.withLock { state in
            switch state {
            case .held: return nil
            case .restoring(let task): return (task, false)
            case .released:
                let task = Task { [self] in
                    let isHeld = (try? await offCooperativeThreads { [file] in file.hold() }) ?? false
                    self.state.withLock { $0 = isHeld ? .held : .released }
                    return isHeld
                }
                state = .restoring(task)
                return (task, true)
            }
        }
    }
}
