import CallProtocol
import Foundation
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct JournalTests {
    @Test("The first batch comes at once, empty or not, with epoch and place")
    func firstBatch() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let batch = try #require(try await spoke.firstBatch())
                #expect(batch.rows.isEmpty)
                #expect(batch.acknowledged == 0)
                #expect(batch.epoch.utf8.count == 32)
            }
        }
    }

    @Test("Acknowledged rows are gone, and numbers never come again")
    func acknowledge() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("exit 0"))
                _ = try await spoke.ended("A1")
                let epoch = try #require(try await spoke.firstBatch()).epoch
                let rows = try await spoke.journal(count: 3)
                let last = try #require(rows.last).seq
                _ = try await spoke.client.call(JournalOperations.ack, JournalAck(epoch: epoch, upTo: last))
                let batch = try #require(try await spoke.firstBatch(after: last, epoch: epoch))
                #expect(batch.rows.isEmpty)
                #expect(batch.acknowledged == last)
                try await spoke.start("A2", script("exit 0"), workload: "W2")
                let more = try await spoke.journal(after: last, count: 1, epoch: epoch)
                #expect(try #require(more.first).seq > last)
            }
        }
    }

    @Test("Asked for another journal's rows it begins at its own start")
    func otherEpoch() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("exit 0"))
                let rows = try await spoke.journal(after: 1000, count: 1, epoch: "another")
                #expect(rows.first?.seq == 1)
                let refused = await refusal {
                    try await spoke.client.call(JournalOperations.ack, JournalAck(epoch: "another", upTo: 5))
                }
                #expect(refused?.code == .conflict)
            }
        }
    }

    @Test(
        "A hub that has more than was ever written here meets a new journal: a copy's rows are not taken for old ones")
    func rolledBack() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let epoch = try #require(try await spoke.firstBatch()).epoch
                let batch = try #require(try await spoke.firstBatch(after: 1000, epoch: epoch))
                #expect(batch.epoch != epoch)
                try await spoke.start("A1", script("exit 0"))
                #expect(try await spoke.journal(after: 1000, count: 1, epoch: epoch).first?.seq == 1)
                #expect(try await spoke.firstBatch(after: 1, epoch: batch.epoch)?.epoch == batch.epoch)
            }
        }
    }

    @Test("Rows that are committed later reach those who watch")
    func live() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let batches = try spoke.client.subscribe(
                    JournalOperations.watch, JournalWatchInput(epoch: nil, after: 0))
                #expect(try await batches.next()?.rows.isEmpty == true)
                try await spoke.start("A1", script("exit 0"))
                var kinds: [String] = []
                while kinds.count < 3, let batch = try await batches.next() { kinds += batch.rows.map(\.kind) }
                #expect(kinds.last == "attempt.finished")
                batches.close()
            }
        }
    }

    @Test("At its limit the journal refuses new work and still takes results")
    func full() async throws {
        try await withFolder { folder in
            try await withSpoke(folder, { $0.journalLimit = 2 }) { spoke in
                try await spoke.start("A1", script("exit 0"))
                #expect(try await spoke.ended("A1").state == "succeeded")
                let refused = await refusal { try await spoke.start("A2", script("exit 0"), workload: "W2") }
                #expect(refused?.code == .resourceExhausted)
                let statuses = try spoke.client.subscribe(HostOperations.status, HostStatusInput())
                #expect(try await statuses.next()?.warnings.contains { $0.contains("journal is full") } == true)
                statuses.close()
            }
        }
    }

    @Test("Everything survives a restart, and the epoch stays")
    func restart() async throws {
        try await withFolder { folder in
            let first = try Spoke(folder)
            try await first.start("A1", script("exit 0"))
            let before = try #require(try await first.firstBatch())
            await first.services.shutdown(endSessions: false)
            let second = try Spoke(folder)
            #expect(try await second.firstBatch() == before)
            await second.services.shutdown(endSessions: false)
        }
    }

    @Test("Ended attempts go seven days after their acknowledgement, or when forgotten")
    func forgetting() async throws {
        let time = TestTime()
        try await withFolder { folder in
            try await withSpoke(folder, endSessions: false, { $0.now = { time.now } }) { spoke in
                for id in ["A1", "A2"] {
                    try await spoke.start(id, script("echo x"), workload: id)
                    _ = try await spoke.ended(id)
                }
                _ = try await spoke.client.call(AttemptOperations.forget, AttemptRef(attempt: "A2"))
                let found1 = try await spoke.status("A2")
                #expect(found1 == nil)
                #expect(!FileManager.default.fileExists(atPath: folder + "/sessions/A2"))
                let batch = try #require(try await spoke.firstBatch())
                let last = try #require(batch.rows.last).seq
                _ = try await spoke.client.call(JournalOperations.ack, JournalAck(epoch: batch.epoch, upTo: last))
                try await spoke.start("A3", script("exec sleep 600"), workload: "A3")
                let refused = await refusal {
                    try await spoke.client.call(AttemptOperations.forget, AttemptRef(attempt: "A3"))
                }
                #expect(refused?.code == .failedPrecondition)
                let found2 = try await spoke.status("A1")
                #expect(found2 != nil)
            }
            time.advance(8 * 86_400_000)
            try await withSpoke(folder, { $0.now = { time.now } }) { spoke in
                try await eventually { try await spoke.status("A1") == nil }
                #expect(!FileManager.default.fileExists(atPath: folder + "/sessions/A1"))
                let found3 = try await spoke.status("A3")
                #expect(found3 != nil)
            }
        }
    }
}
