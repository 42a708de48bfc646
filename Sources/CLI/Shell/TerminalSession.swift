import CallProtocol
import Daemon
import Glibc
import NIOCore
import Operations

/// A session with a terminal, joined to the terminal that this process was started on.
struct TerminalSession: Sendable {
    let session: any ProgramCarrier
    /// How the node is called in what is said of it.
    let node: String
    /// How long it may take; nil for as long as it does.
    var limit: Duration?
    private let keyboard = Keyboard()

    /// How it ended for us.
    private enum End: Sendable {
        case exit(SessionExit)
        /// `~.`, or the terminal is gone, or we were asked to end.
        case left
    }

    init(_ session: any ProgramCarrier, node: String, limit: Duration?) {
        self.session = session
        self.node = node
        self.limit = limit
    }

    /// Carries what is typed and shown until the program ends or its person leaves; the terminal is as it was then.
    /// - Returns: how the program ended; nil where it was left.
    func run() async throws -> SessionExit? {
        let signals = try TerminalSignals()
        LocalTerminal.makeRaw()
        defer { LocalTerminal.restore() }
        do {
            let executor = session.eventLoop.map { EventLoopTasks($0) }
            return try await withTaskExecutorPreference(executor) { try await carry(signals) }
        } catch {
            session.end("the caller stopped")
            throw session.explained(error, on: node)
        }
    }

    private func carry(_ signals: TerminalSignals) async throws -> SessionExit? {
        try await withThrowingTaskGroup(of: End?.self) { group in
            group.addTask { await self.obey(signals) }
            group.addTask { try await self.read() }
            group.addTask {
                await self.send()
                return nil
            }
            group.addTask { .exit(try await self.show()) }
            defer { group.cancelAll() }
            while let end = try await group.next() {
                switch end {
                case .exit(let exit):
                    session.conclude()
                    return exit
                case .left:
                    session.end("its person left")
                    return nil
                case nil: continue
                }
            }
            return nil
        }
    }

    private func show() async throws -> SessionExit {
        let output = OutputDescriptor(1)
        return try await session.follow(within: limit) { _, bytes in try await output.write(bytes) }
    }

    private func obey(_ signals: TerminalSignals) async -> End? {
        for await news in signals.news {
            switch news {
            case .resized: tellSize()
            case .continued:
                LocalTerminal.makeRaw()
                tellSize()
            case .interrupt: signal("INT")
            case .terminate, .hangUp: return .left
            }
        }
        return nil
    }

    // News for the program go in tasks of their own: behind input on a link that stalls, `~.` would not be heard. Where the
    // session is over, its end is told by who follows it.

    private func tellSize() {
        guard let size = LocalTerminal.size else { return }
        Task { try? await session.resize(size) }
    }

    private func signal(_ name: String, flush: Bool = false) {
        Task { try? await session.signal(name, flush: flush) }
    }

    /// Reads what is typed, whatever the program takes of it.
    private func read() async throws -> End? {
        let input = TypedInput(on: session.eventLoop, shortcut: typeNow)
        while true {
            try await takeTerminal()
            let end = try await input.follow { part -> End? in
                switch part {
                case .text(let bytes): try await take(bytes)
                case .key(.leave): return .left
                case .key(.help): StandardError.write(EscapeKeys.help)
                case .key(.suspend): try await suspend()
                }
                return nil
            }
            if let end { return end }
            // In the background what is typed is somebody else's.
            guard input.isTerminal, input.wasElsewhere || !LocalTerminal.isOurs else { return .left }
            try await Task.sleep(for: Self.look)
        }
    }

    /// Sends keys that nothing waits before, and that are none of a terminal's own.
    private func typeNow(_ part: EscapeKeys.Part) -> Bool {
        guard case .text(let bytes) = part, keyboard.isIdle,
            !bytes.readableBytesView.contains(where: { Self.signal($0) != nil })
        else { return false }
        return session.typeNow(bytes)
    }

    private func take(_ bytes: ByteBuffer) async throws {
        var bytes = bytes
        // A terminal would find these keys too, and throw away what nobody has read; but they would not come to it.
        if bytes.readableBytesView.contains(where: { Self.signal($0) != nil }) { try await waitForTaking() }
        while session.isStuck, let place = bytes.readableBytesView.firstIndex(where: { Self.signal($0) != nil }) {
            let name = bytes.getInteger(at: place, as: UInt8.self).flatMap(Self.signal)
            bytes.moveReaderIndex(to: place + 1)
            keyboard.drop()
            if let name { signal(name, flush: true) }
        }
        while bytes.readableBytes > 0, !keyboard.add(bytes) { try await Task.sleep(for: Self.look) }
    }

    /// Returns when it is known whether the program takes what it was sent: mostly at once.
    private func waitForTaking() async throws {
        let end = ContinuousClock.now + .seconds(1)
        while session.isOwed, !session.isStuck, .now < end { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// What a terminal makes of a key.
    private static func signal(_ key: UInt8) -> String? {
        switch key {
        case 0x03: "INT"
        case 0x1C: "QUIT"
        case 0x1A: "TSTP"
        default: nil
        }
    }

    private func send() async {
        while let bytes = await keyboard.take() {
            guard (try? await session.type(bytes)) == true else { return }
        }
    }

    /// Stops us, and whatever was started with us in one line of a shell, until somebody continues it.
    private func suspend() async throws {
        LocalTerminal.restore()
        kill(0, SIGTSTP)
        // Where nobody could continue us, nothing stops; else this is over when we are continued.
        try await Task.sleep(for: Self.look)
        try await takeTerminal()
    }

    /// Takes the terminal as soon as it is ours: a shell says nothing when it gives it to a job that runs.
    private func takeTerminal() async throws {
        while !LocalTerminal.isOurs { try await Task.sleep(for: Self.look) }
        LocalTerminal.makeRaw()
        tellSize()
    }

    private static let look = Duration.milliseconds(100)
}
