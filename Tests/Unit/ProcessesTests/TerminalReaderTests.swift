import CProcesses
import Glibc
import NIOCore
import NIOPosix
import TestKit
import Testing

@testable import Processes

@Suite("A terminal that an event loop reads", .timeLimit(.minutes(1)))
struct TerminalReaderTests {
    /// A terminal, who reads it, and the program's side of it.
    private struct Desk {
        let descriptor: Int32
        let terminal: PipeEnd
        let reader: TerminalReader
        let side: PipeEnd

        init() throws {
            let (reading, writing) = try PseudoTerminal(TerminalSize(columns: 80, rows: 24), isRaw: true).ends()
            close(writing)
            descriptor = reading
            side = PipeEnd(cp_terminal_side(reading), .write, poller: .shared)
            terminal = PipeEnd(reading, .read, poller: .shared)
            reader = try #require(
                TerminalReader(reading, on: MultiThreadedEventLoopGroup.singleton.next()))
        }

        func say(_ bytes: [UInt8]) async throws {
            var rest = bytes[...]
            while !rest.isEmpty {
                switch try rest.withUnsafeBytes({ try side.write($0) }) {
                case .bytes(let count): rest = rest.dropFirst(count)
                case .wouldBlock: try await side.ready()
                }
            }
        }

        /// Whether the terminal has something that nobody has read.
        var isLeft: Bool {
            var count: Int32 = 0
            return ioctl(descriptor, UInt(FIONREAD), &count) == 0 && count > 0
        }

        /// From the terminal itself, what is there or nothing.
        func read() throws -> [UInt8] {
            var room = [UInt8](repeating: 0, count: 5_000)
            let result = try room.withUnsafeMutableBytes { try terminal.read(into: $0) }
            guard case .bytes(let count) = result else { return [] }
            return Array(room.prefix(count))
        }

        /// What is there in one piece; nil where the terminal itself is to be read.
        func take(_ most: Int = 1 << 16) -> [UInt8]? {
            var result: ReadResult?
            let bytes = [UInt8](unsafeUninitializedCapacity: most) { room, count in
                result = reader.take(into: UnsafeMutableRawBufferPointer(room))
                if case .bytes(let taken)? = result { count = taken }
            }
            return result == nil ? nil : bytes
        }
    }

    @Test("tells that there is something, and gives it in pieces of any size")
    func pieces() async throws {
        let desk = try Desk()
        #expect(desk.take() == [])
        try await desk.say(Array("words".utf8))
        #expect(try await desk.reader.ready())
        try await eventually { desk.reader.waiting == 5 }
        #expect(desk.take(2) == Array("wo".utf8))
        #expect(desk.take() == Array("rds".utf8))
        desk.reader.stop()
    }

    @Test("is left to be read from itself where it says much, not read further than it is wanted, and loses nothing")
    func much() async throws {
        let desk = try Desk()
        let all = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let talking = Task { try await desk.say(all) }
        try await eventually { desk.reader.waiting >= 1 << 10 && desk.isLeft }
        try await ContinuousClock().sleep(for: .milliseconds(50))
        #expect(desk.reader.waiting <= 16 << 10)
        var (heard, itself): ([UInt8], Int) = ([], 0)
        while heard.count < all.count, try await desk.reader.ready() {
            let bytes = desk.take(5_000)
            let more = try bytes ?? desk.read()
            heard += more
            if bytes == nil { itself += more.count }
        }
        try await talking.value
        let isWhole = heard == all
        #expect(isWhole && itself > 0)
        // And it is read again when little comes.
        try await desk.say([1])
        #expect(try await desk.reader.ready())
        try await eventually { desk.take() == [1] }
        desk.reader.stop()
    }

    @Test("has no end before it is stopped; then comes what was read, and the rest from the terminal")
    func end() async throws {
        let desk = try Desk()
        try await desk.say(Array("last".utf8))
        desk.side.close()
        try await eventually { desk.reader.waiting == 4 }
        try await ContinuousClock().sleep(for: .milliseconds(20))
        #expect(try await desk.reader.ready())
        desk.reader.stop()
        #expect(desk.take() == Array("last".utf8))
        #expect(try await !desk.reader.ready())
        #expect(desk.take() == nil)
        #expect(try desk.read() == [] && desk.terminal.isClosed)
    }

    @Test("lets go of who waits and is cancelled, and of who waits when it is stopped")
    func waiters() async throws {
        let desk = try Desk()
        let waiting = Task { try await desk.reader.ready() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let another = Task { try await desk.reader.ready() }
        try await ContinuousClock().sleep(for: .milliseconds(10))
        desk.reader.stop()
        #expect(try await !another.value)
    }
}
