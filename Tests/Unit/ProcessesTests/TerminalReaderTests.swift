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
        let terminal: PipeEnd
        let reader: TerminalReader
        let side: PipeEnd

        init() throws {
            let (reading, writing) = try PseudoTerminal(TerminalSize(columns: 80, rows: 24), isRaw: true).ends()
            close(writing)
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

    @Test("is not read much further than it is wanted, and loses nothing")
    func pressure() async throws {
        let desk = try Desk()
        let all = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let talking = Task { try await desk.say(all) }
        try await eventually { desk.reader.waiting >= 64 << 10 }
        try await ContinuousClock().sleep(for: .milliseconds(50))
        #expect(desk.reader.waiting < 96 << 10)
        var heard: [UInt8] = []
        while heard.count < all.count, try await desk.reader.ready() { heard += desk.take(5_000) ?? [] }
        try await talking.value
        let isWhole = heard == all
        #expect(isWhole)
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
        var room = [UInt8](repeating: 0, count: 16)
        let result = try room.withUnsafeMutableBytes { try desk.terminal.read(into: $0) }
        #expect(result == .end)
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
