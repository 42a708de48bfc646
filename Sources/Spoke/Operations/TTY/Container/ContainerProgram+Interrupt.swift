import NIOCore
import Operations
import Processes

/// Keys that make signals, behind input that nobody reads.
///
/// A terminal makes a signal of Ctrl-C when it reads it, and it reads nothing while what its program left unread fills it. How
/// much of that the engine holds nobody can tell; so the terminal itself is looked at.
extension ContainerProgram {
    /// How long a key may take through the engine to its terminal, which then throws away what waited before it.
    private static var patience: Duration { .milliseconds(30) }
    /// Between two looks at what comes out of the engine, how many without anything end it, and how many there are at most.
    private static var step: Duration { .milliseconds(1) }
    private static var quietSteps: Int { 20 }
    private static var mostSteps: Int { 500 }

    /// Where the first key of a few ends that makes a signal; of many only the last counts, as where something was pasted before it.
    static func endOfSignalKey(in bytes: UnsafeRawBufferPointer) -> Int? {
        let looked = bytes.count <= ProgramSession.fewBytes ? 0 : bytes.count - 1
        let key = bytes[looked...].firstIndex { byte in ProcessSignal.allCases.contains { $0.key == byte } }
        return key.map { $0 + 1 }
    }

    /// Looks after a key that makes a signal: where its terminal goes on holding what was typed before it, that is thrown away and
    /// the signal sent. What is typed meanwhile waits here.
    func attend(_ key: UInt8) {
        guard input.hold() else { return }
        Task {
            await interrupt(key)
            input.release()
        }
    }

    private func interrupt(_ key: UInt8) async {
        guard let terminal = await terminal(), terminal.signal(of: key) != nil else { return }
        try? await clock.sleep(for: Self.patience)
        let waiting = terminal.waiting
        guard waiting > 0 else { return }
        try? await clock.sleep(for: Self.patience)
        // Had the key come through, it would have emptied the terminal; and a program that reads would have read.
        guard terminal.waiting == waiting, let signal = terminal.signal(of: key) else { return }
        await empty(terminal)
        await send(signal)
    }

    /// What was typed and not read is thrown away.
    func flushInput() {
        input.drop()
        guard hasTerminal else { return }
        Task {
            if let terminal = await terminal() { terminal.flush() }
        }
    }

    @Sendable func terminalInput() async -> TerminalInput? {
        guard hasTerminal, case .exec = target, let process = await process() else { return nil }
        // What a program made its input may keep whoever looks at it waiting.
        return try? await offload { ForeignTerminal(of: process.pid)?.input }
    }

    /// Its terminal; nil where it is not to be seen.
    private func terminal() async -> ForeignTerminal? {
        await process().flatMap { ForeignTerminal(of: $0.pid) }
    }

    /// Throws away what waits here, in the terminal and between them.
    private func empty(_ terminal: borrowing ForeignTerminal) async {
        input.drop()
        var quiet = 0
        for _ in 1...Self.mostSteps where quiet < Self.quietSteps {
            quiet = terminal.waiting > 0 ? 0 : quiet + 1
            terminal.flush()
            try? await clock.sleep(for: Self.step)
        }
    }
}
