import Daemon
import Glibc
import NIOCore
import Testing

@testable import capstan

@Suite("Standard streams")
struct StreamsTests {
    /// Both ends of a pipe; what is still open is closed afterwards.
    static func withPipe(_ body: (_ read: Int32, _ write: Int32) async throws -> Void) async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        signal(SIGPIPE, SIG_IGN)
        try await body(ends[0], ends[1])
    }

    @Test("More than a pipe holds is written whole while its reader is slow")
    func large() async throws {
        try await Self.withPipe { read, write in
            let sent = ByteBuffer(bytes: (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
            let output = OutputDescriptor(write)
            async let writing: Void = output.write(sent)
            var received = ByteBuffer()
            let input = InputDescriptor(read)
            while received.readableBytes < sent.readableBytes {
                #expect(try await input.read(into: &received, limit: 10_000) > 0)
            }
            try await writing
            #expect(received == sent)
        }
    }

    @Test("A reader that went away is told apart from other failures")
    func closed() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        signal(SIGPIPE, SIG_IGN)
        close(ends[0])
        let output = OutputDescriptor(ends[1])
        await #expect(throws: OutputFailure.closed) { try await output.write(ByteBuffer(string: "x")) }
        close(ends[1])
    }

    @Test("A full device is a failure with its reason")
    func full() async throws {
        let device = open("/dev/full", O_WRONLY)
        try #require(device >= 0)
        defer { close(device) }
        let output = OutputDescriptor(device)
        await #expect(throws: OutputFailure.failed(ENOSPC)) { try await output.write(ByteBuffer(string: "x")) }
    }

    @Test("The end of the input is 0 bytes, a descriptor that is not open too")
    func ended() async throws {
        let null = open("/dev/null", O_RDONLY)
        defer { close(null) }
        var buffer = ByteBuffer()
        #expect(try await InputDescriptor(null).read(into: &buffer, limit: 10) == 0)
        #expect(try await InputDescriptor(-1).read(into: &buffer, limit: 10) == 0)
    }

    @Test("Reading ends promptly when it is cancelled")
    func cancelled() async throws {
        try await Self.withPipe { read, _ in
            let task = Task {
                var buffer = ByteBuffer()
                return try await InputDescriptor(read).read(into: &buffer, limit: 10)
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test("Input that cannot be read is a failure, a closed one is empty")
    func unreadable() async throws {
        let directory = open("/", O_RDONLY | O_CLOEXEC)
        defer { close(directory) }
        var buffer = ByteBuffer()
        let failure = await #expect(throws: Failure.self) {
            try await InputDescriptor(directory).read(into: &buffer, limit: 10)
        }
        #expect(failure?.exit == .failure && failure?.message == "cannot read stdin: Is a directory")
        #expect(try await InputDescriptor(1_000_000).read(into: &buffer, limit: 10) == 0)
    }
}
