import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// What is typed into this process, taken apart by its escape keys.
///
/// A terminal is read by the event loop that sends on what is typed, and a shortcut may do so at once: then nothing is woken
/// between a key and the link.
final class TypedInput: Sendable {
    typealias Shortcut = @Sendable (EscapeKeys.Part) -> Bool

    private let input: InputDescriptor
    private let escapes = Mutex(EscapeKeys())
    private let loop: (any EventLoop)?
    private let shortcut: Shortcut
    private let elsewhere = Atomic<Bool>(false)

    /// - Parameters:
    ///   - loop: nil for none.
    ///   - descriptor: where it is read.
    ///   - shortcut: asked on the loop what became of a part that nothing waits before; false where it is to be waited for.
    init(on loop: (any EventLoop)?, from descriptor: Int32 = 0, shortcut: @escaping Shortcut) {
        self.loop = loop
        input = InputDescriptor(descriptor)
        self.shortcut = shortcut
    }

    /// Whether a person types it.
    var isTerminal: Bool { input.isTerminal }

    /// Whether there was no more the last time because the terminal was another's at that moment.
    var wasElsewhere: Bool { elsewhere.load(ordering: .relaxed) }

    /// Hands over what is typed as it comes, until `body` has a result, or there is no more for now: at the end of the
    /// input, and in the background of a terminal.
    /// - Throws: what `body` throws; `CancellationError`; a ``Failure`` when the system refuses.
    func follow<Result>(_ body: (EscapeKeys.Part) async throws -> Result?) async throws -> Result? {
        guard isTerminal, let loop, let own = openTerminal() else { return try await poll(body) }
        let queue = TypedQueue { [self] part in shortcut(part) }
        let channel: any Channel
        do {
            channel = try await NIOPipeBootstrap(group: loop).channelOption(.autoRead, value: false)
                .channelInitializer { [self] channel in
                    channel.pipeline.addHandler(TypedReader(queue) { [self] typed in parts(typed) })
                }
                .takingOwnershipOfDescriptor(input: own).get()
        } catch {
            close(own)
            return try await poll(body)
        }
        defer {
            channel.close(promise: nil)
            elsewhere.store(queue.isElsewhere, ordering: .relaxed)
        }
        while let part = try await queue.next(from: channel) {
            if let result = try await body(part) { return result }
        }
        return nil
    }

    private func parts(_ typed: ByteBuffer) -> [EscapeKeys.Part] { escapes.withLock { $0.parts(typed) } }

    /// The terminal as a file of our own, non-blocking: the flags of the one we were given are not ours to change.
    private func openTerminal() -> Int32? {
        let own = open("/proc/self/fd/\(input.fd)", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        return own >= 0 ? own : nil
    }

    private func poll<Result>(_ body: (EscapeKeys.Part) async throws -> Result?) async throws -> Result? {
        while true {
            var typed = ByteBuffer()
            guard try await input.read(into: &typed, limit: 65_536) > 0 else { return nil }
            for part in parts(typed) {
                if let result = try await body(part) { return result }
            }
        }
    }
}

/// Reads a terminal on the event loop.
private final class TypedReader: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let queue: TypedQueue
    private let parts: @Sendable (ByteBuffer) -> [EscapeKeys.Part]

    init(_ queue: TypedQueue, parts: @escaping @Sendable (ByteBuffer) -> [EscapeKeys.Part]) {
        self.queue = queue
        self.parts = parts
    }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        for part in parts(unwrapInboundIn(data)) { queue.add(part) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if queue.wantsMore() { context.read() }
    }

    /// The terminal is gone, or somebody else's.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        queue.end(isElsewhere: (error as? IOError)?.errnoCode == EIO)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { queue.end() }
}
