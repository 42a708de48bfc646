import Engine
import NIOCore
import Processes

/// Sizes, signals and the end of a program in a container.
extension ContainerProgram {
    /// How long a program that was told to end may take.
    private static var grace: Duration { .seconds(5) }
    /// A program that was just started has no terminal yet for a moment.
    private static var tries: Int { 10 }

    func resize(_ size: TerminalSize) {
        guard hasTerminal, size.columns > 0, size.rows > 0, want(size) else { return }
        Task {
            // One after the other, so that none overtakes a later one.
            while let size = wantedSize() {
                for _ in 1...Self.tries where !wantsAnotherSize {
                    let request = target.resizing(size.columns, size.rows)
                    if (try? await client.value(request)) != nil { break }
                    try? await clock.sleep(for: .milliseconds(20))
                }
            }
        }
    }

    /// No engine signals what it was asked to exec: the process of this machine that it is gets the signal, where it may be
    /// signalled; else what a terminal makes into one is typed.
    func signal(_ signal: ProcessSignal) {
        Task {
            guard await !send(signal), hasTerminal, let key = signal.key else { return }
            try? await input.push(.init(bytes: [key]))
        }
    }

    /// Signals the foreground of its terminal, or the program itself; false where that cannot be done.
    @discardableResult
    func send(_ signal: ProcessSignal) async -> Bool {
        guard let process = await process() else { return false }
        return (hasTerminal ? process.signalForeground(signal) : process.signal(signal)) == .sent
    }

    /// A program that was started for the session ends with it; the container's own goes on.
    func terminate(clock: any Clock<Duration>) async {
        // A task of its own, because the one that asks may be cancelled and could not wait any more.
        await Task {
            if case .exec = target, (try? await inTime(Self.grace, clock: clock, started)) != nil {
                await end(clock)
            }
            await disconnect()
        }.value
    }

    private func end(_ clock: any Clock<Duration>) async {
        for signal in [ProcessSignal.hangUp, .kill] {
            guard let process = await process() else { break }
            // The foreground, and the program itself, which may be a shell that waits for it.
            _ = await send(signal)
            if process.signalGroup(signal) == .refused {
                // Not ours to signal: what a person would do.
                if hasTerminal { try? await input.push(ByteBuffer(bytes: [0x03, 0x04])) }
                input.finish()
            }
            let exit = try? await inTime(Self.grace, clock: clock) { try await self.exit() }
            if exit != nil { break }
        }
    }
}
