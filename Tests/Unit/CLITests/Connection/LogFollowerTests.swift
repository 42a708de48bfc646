import CallProtocol
import FoundationEssentials
import NIOCore
import Operations
import Synchronization
import Testing

@testable import capstan

@Suite("Following a log")
struct LogFollowerTests {
    static let whole = Array("0123456789".utf8)

    static func piece(_ range: Range<Int>) -> LogPiece {
        LogPiece(
            offset: Int64(range.lowerBound), kind: .stdout, timeUs: 0,
            data: Data(whole[range]).base64EncodedString())
    }

    @Test("Over lost links every byte comes once, in order")
    func seamless() async throws {
        let offsets = Mutex<[Int64]>([])
        let logs = WorkloadOperations.logs.subscribed { input, _, sink in
            let offset = Int(input.offset ?? 0)
            let turn = offsets.withLock { offsets in
                offsets.append(Int64(offset))
                return offsets.count
            }
            if turn == 1 {
                try await sink.send(Self.piece(0..<4))
                // Held until the link is gone, as a program that goes on writing.
                try await Task.sleep(for: .seconds(600))
            } else {
                // Begins before what was asked for: the overlap must not show.
                try await sink.send(Self.piece(max(0, offset - 2)..<8))
                try await sink.send(Self.piece(8..<10))
                try await sink.send(LogPiece(offset: 10, kind: .end, timeUs: 0, data: ""))
            }
        }
        try await FakeHub.with([logs]) { hub in
            let log = LogFollower(
                HubConnector(hub.context), WorkloadLogsInput(workload: "w", follow: true), patience: .seconds(30))
            let received = Mutex(ByteBuffer())
            try await log.run { piece, bytes in
                let before = received.withLock { received in
                    defer { received.writeImmutableBuffer(bytes) }
                    return received.readableBytes
                }
                #expect(piece.offset == before)
                if piece.offset == 0 { hub.loseLinks() }
            }
            #expect(Array(received.withLock { $0 }.readableBytesView) == Self.whole)
            #expect(offsets.withLock { $0 } == [0, 4])
            #expect(log.offset == 10)
        }
    }

    @Test("Without patience a lost link is the end")
    func impatient() async throws {
        let logs = WorkloadOperations.logs.subscribed { _, _, sink in
            try await sink.send(Self.piece(0..<4))
            try await Task.sleep(for: .seconds(600))
        }
        try await FakeHub.with([logs]) { hub in
            let log = LogFollower(
                HubConnector(hub.context), WorkloadLogsInput(workload: "w", follow: true), patience: nil)
            let error = await #expect(throws: CallError.self) {
                try await log.run { _, _ in hub.loseLinks() }
            }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("What the hub refuses is not tried again")
    func refused() async throws {
        let logs = WorkloadOperations.logs.subscribed { _, _, _ in
            throw CallError(.notFound, "there is no workload `w`")
        }
        try await FakeHub.with([logs]) { hub in
            let log = LogFollower(
                HubConnector(hub.context), WorkloadLogsInput(workload: "w", follow: true), patience: .seconds(30))
            let error = await #expect(throws: CallError.self) { try await log.run { _, _ in } }
            #expect(error?.code == .notFound)
        }
    }
}
