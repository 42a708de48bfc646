import Glibc
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import TestKit
import Testing

@testable import capstan

@Suite("What is typed", .timeLimit(.minutes(2)))
struct TypedInputTests {
    /// A raw terminal: what is written to one end is typed at the other.
    private func withTerminal(_ body: (_ keys: Int32, _ terminal: Int32) async throws -> Void) async throws {
        let keys = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var unlocked: Int32 = 0
        // TIOCSPTLCK and TIOCGPTPEER, which are macros of a kind that is not imported.
        try #require(keys >= 0 && ioctl(keys, 0x4004_5431, &unlocked) == 0)
        let terminal = ioctl(keys, 0x5441, O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(terminal >= 0)
        defer { close(terminal) }
        var settings = termios()
        tcgetattr(terminal, &settings)
        cfmakeraw(&settings)
        tcsetattr(terminal, TCSANOW, &settings)
        try await body(keys, terminal)
    }

    private static func pressAll(_ text: String, _ keys: Int32) {
        Array(text.utf8).withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = write(keys, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                guard count > 0 else { return }
                done += count
            }
        }
    }

    private func press(_ text: String, _ keys: Int32) { Self.pressAll(text, keys) }

    private static func text(_ part: EscapeKeys.Part) -> String {
        switch part {
        case .text(let bytes): String(buffer: bytes)
        case .key(let key): "<\(key)>"
        }
    }

    @Test("goes by the shortcut where nothing waits before it, and never past what does")
    func shortcut() async throws {
        try await withTerminal { keys, terminal in
            let loop = MultiThreadedEventLoopGroup.singleton.next()
            let (short, long) = (Recorder<String>(), Recorder<String>())
            let input = TypedInput(on: loop, from: terminal) { part in
                let text = Self.text(part)
                guard !text.contains("L"), text != "<leave>" else { return false }
                short.add(text)
                return true
            }
            let gate = AsyncStream.makeStream(of: Void.self)
            async let end: Bool? = input.follow { part in
                let text = Self.text(part)
                long.add(text)
                if text == "<leave>" { return true }
                if text.contains("L") { for await _ in gate.stream { break } }
                return nil
            }
            // The first may come before their task waits for them.
            try await eventually {
                press("a", keys)
                return await becomesTrue(within: .milliseconds(100)) { short.count > 0 }
            }
            press("L1", keys)
            try await eventually { long.all.last == "L1" }
            let before = (short.count, long.count - 1)
            // Its task is busy: what comes now waits behind it.
            press("b", keys)
            press("~x", keys)
            let wentPast = await becomesTrue(within: .milliseconds(50)) { short.count > before.0 }
            #expect(!wentPast)
            gate.continuation.finish()
            try await eventually {
                (long.all.dropFirst(before.1) + short.all.dropFirst(before.0)).joined() == "L1b~x"
            }
            press("\r~.", keys)
            let left = try await end
            #expect(left == true)
            close(keys)
        }
    }

    @Test("is read no faster than it is taken, and comes whole and in order", arguments: [true, false])
    func bounded(onLoop: Bool) async throws {
        try await withTerminal { keys, terminal in
            let loop = onLoop ? MultiThreadedEventLoopGroup.singleton.next() : nil
            let input = TypedInput(on: loop, from: terminal) { _ in false }
            let expected = (0..<40_000).map { "\($0)," }.joined()
            async let typing: Void = blocking { Self.pressAll(expected, keys) }
            var heard = ByteBuffer()
            let isWhole: Bool? = try await input.follow { part in
                guard case .text(var bytes) = part else { return false }
                heard.writeBuffer(&bytes)
                if heard.readableBytes % 7 == 0 { try await Task.sleep(for: .milliseconds(1)) }
                return heard.readableBytes >= expected.utf8.count ? true : nil
            }
            try await typing
            #expect(isWhole == true && String(buffer: heard) == expected)
            close(keys)
        }
    }

    @Test("is not read on while its terminal is about to be another's, until that was dealt with")
    func suspended() async throws {
        let queue = TypedQueue { _ in true }
        let channel = NIOAsyncTestingChannel()
        queue.add(.text(ByteBuffer(string: "a")))
        #expect(queue.wantsMore())
        queue.add(.key(.suspend))
        #expect(!queue.wantsMore())
        #expect(try await queue.next(from: channel) == .text(ByteBuffer(string: "a")))
        #expect(!queue.wantsMore())
        #expect(try await queue.next(from: channel) == .key(.suspend))
        #expect(!queue.wantsMore())
        async let next = queue.next(from: channel)
        try await eventually { queue.wantsMore() }
        queue.end(isElsewhere: true)
        let end = try await next
        #expect(end == nil && queue.isElsewhere)
    }

    @Test("ends with its terminal, and with its task")
    func ends() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withTerminal { keys, terminal in
            let input = TypedInput(on: loop, from: terminal) { _ in false }
            let task = Task { try await input.follow { _ -> Bool? in nil } }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            async let end: Bool? = input.follow { _ in nil }
            close(keys)
            let over = try await end
            #expect(over == nil)
        }
    }

    @Test("is taken apart as well where it is a pipe")
    func pipe() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(Glibc.pipe(&ends) == 0)
        press("one\n~.two", ends[1])
        close(ends[1])
        let input = TypedInput(on: MultiThreadedEventLoopGroup.singleton.next(), from: ends[0]) { _ in true }
        let heard = Recorder<String>()
        let end: Bool? = try await input.follow { part in
            heard.add(Self.text(part))
            return nil
        }
        #expect(end == nil && heard.all == ["one\n", "<leave>", "two"])
        close(ends[0])
    }
}
