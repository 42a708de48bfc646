import CallProtocol
import Daemon
import Glibc
import NIOCore
import Operations
import Synchronization
import Testing

@testable import capstan

@Suite("A session of exec")
struct ExecSessionTests {
    static let window = 100_000

    private final class Text: Sendable {
        private let text = Mutex("")

        func add(_ bytes: ByteBuffer) { text.withLock { $0 += String(buffer: bytes) } }
        var value: String { text.withLock { $0 } }
    }

    /// A node that takes all input, slowly acknowledged, and answers with how much it was and the most that was
    /// ever unacknowledged.
    static let counting = TTYOperations.open.sessioned { _, _, stream in
        try stream.accept(TTYOpened(session: "s", stdinWindow: window, pid: 1))
        var (total, acknowledged, most) = (0, 0, 0)
        while let part = try await stream.next() {
            switch part {
            case .bytes(.stdin, let bytes):
                total += bytes.readableBytes
                most = max(most, total - acknowledged)
                guard total - acknowledged > window / 2 else { continue }
                acknowledged = total
                try await stream.sendControl(["type": "ack", "stdin": .integer(Int64(total))])
            case .control:
                try await stream.send(.stdout, ByteBuffer(string: "\(total)"))
                try await stream.send(.stderr, ByteBuffer(string: "\(most)"))
                try await stream.sendControl(["type": "exit", "code": 5])
                return stream.finish()
            default: continue
            }
        }
    }

    @Test("One that is refused leaves no stream on the link, however often it is tried")
    func refused() async throws {
        let refusing = TTYOperations.open.sessioned { _, _, _ in throw CallError(.failedPrecondition, "not here") }
        try await FakeHub.with([refusing]) { hub in
            let connection = try await HubConnector(hub.context).connection()
            for _ in 0..<600 {
                let error = await #expect(throws: CallError.self) {
                    try await ExecSession(connection.calls, TTYOpenInput(cmd: ["true"]), node: "n")
                }
                #expect(error?.code == .failedPrecondition)
            }
            await connection.close()
        }
    }

    @Test("All input arrives, and never more than the window is unacknowledged")
    func window() async throws {
        try await FakeHub.with([Self.counting]) { hub in
            let connection = try await HubConnector(hub.context).connection()
            let session = try await ExecSession(connection.calls, TTYOpenInput(cmd: ["wc"]), node: "n")
            var ends: [Int32] = [-1, -1]
            try #require(pipe(&ends) == 0)
            let (read, write) = (ends[0], ends[1])
            let (output, errors) = (Text(), Text())
            let exit = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await OutputDescriptor(write).write(ByteBuffer(repeating: 7, count: 1_000_003))
                    close(write)
                }
                group.addTask { try await session.feed(InputDescriptor(read)) }
                let exit = try await session.follow { type, bytes in
                    (type == .stdout ? output : errors).add(bytes)
                }
                try await group.waitForAll()
                return exit
            }
            close(read)
            session.conclude()
            #expect(exit == SessionExit(code: 5))
            #expect(output.value == "1000003")
            #expect(Int(errors.value).map { $0 <= Self.window } == true)
        }
    }

    @Test("What is typed without waiting keeps within the window, and goes in order with what waits")
    func typedNow() async throws {
        try await FakeHub.with([Self.counting]) { hub in
            let connection = try await HubConnector(hub.context).connection()
            let session = try await ExecSession(connection.calls, TTYOpenInput(cmd: ["wc"]), node: "n")
            let portion = ByteBuffer(repeating: 7, count: Self.window / 4)
            var sent = 0
            while session.typeNow(portion) { sent += 1 }
            // The first acknowledgement comes when more than half of it is there.
            #expect((2...6).contains(sent))
            async let exit = session.follow { _, _ in }
            for _ in 0..<20 {
                if session.typeNow(portion) { continue }
                #expect(try await session.type(portion))
            }
            try await session.endInput()
            #expect(try await exit == SessionExit(code: 5))
            #expect(!session.typeNow(portion))
            session.conclude()
        }
    }

    @Test("A session that breaks is an error, not an exit code")
    func broken() async throws {
        let breaking = TTYOperations.open.sessioned { _, _, stream in
            try stream.accept(TTYOpened(session: "s", stdinWindow: 1, pid: 1))
            stream.reset(.unavailable, "the node is gone")
        }
        try await FakeHub.with([breaking]) { hub in
            let connection = try await HubConnector(hub.context).connection()
            // A reset may overtake what was written before it, the acceptance too.
            let error = await #expect(throws: CallError.self) {
                let session = try await ExecSession(connection.calls, TTYOpenInput(cmd: ["x"]), node: "n")
                return try await session.follow { _, _ in }
            }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("A session that ends without an exit is an error")
    func silent() async throws {
        let silent = TTYOperations.open.sessioned { _, _, stream in
            try stream.accept(TTYOpened(session: "s", stdinWindow: 1, pid: 1))
            stream.finish()
        }
        try await FakeHub.with([silent]) { hub in
            let connection = try await HubConnector(hub.context).connection()
            let session = try await ExecSession(connection.calls, TTYOpenInput(cmd: ["x"]), node: "n")
            let error = await #expect(throws: CallError.self) { try await session.follow { _, _ in } }
            #expect(error?.code == .internalError)
        }
    }

    @Test("Input that cannot be read is over for the program, and the failure is kept")
    func unreadable() async throws {
        try await FakeHub.with([Self.counting]) { hub in
            let connection = try await HubConnector(hub.context).connection()
            let session = try await ExecSession(connection.calls, TTYOpenInput(cmd: ["wc"]), node: "n")
            let directory = open("/", O_RDONLY | O_CLOEXEC)
            defer { close(directory) }
            let failure = try await ExecOnNode.feed(InputDescriptor(directory), to: session)
            #expect(failure?.exit == .failure)
            let output = Text()
            #expect(try await session.follow { _, bytes in output.add(bytes) } == SessionExit(code: 5))
            #expect(output.value == "00")
            session.conclude()
        }
    }
}
