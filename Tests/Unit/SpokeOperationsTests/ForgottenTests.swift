import CallProtocol
import Foundation
import GRDB
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct ForgottenTests {
    @Test("A late order to start a forgotten attempt starts nothing, also after a restart")
    func lateOrder() async throws {
        try await withFolder { folder in
            let spec = script("echo ran >> \(folder)/runs")
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", spec)
                _ = try await spoke.ended("A1")
                _ = try await spoke.client.call(AttemptOperations.forget, AttemptRef(attempt: "A1"))
                let late = await refusal { try await spoke.start("A1", spec) }
                #expect(late?.code == .failedPrecondition)
            }
            try await withSpoke(folder) { spoke in
                let late = await refusal { try await spoke.start("A1", spec) }
                #expect(late?.code == .failedPrecondition && late?.message.contains("not started again") == true)
                try await spoke.start("A2", spec, generation: 2)
                _ = try await spoke.ended("A2")
                let runs = try String(contentsOfFile: folder + "/runs", encoding: .utf8)
                #expect(runs == "ran\nran\n")
            }
        }
    }

    @Test("An attempt whose drop broke off half-way is still known, and dropped again")
    func halfDropped() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("echo ran >> \(folder)/runs"))
                _ = try await spoke.ended("A1")
            }
            // What a kill between the two steps of dropping leaves.
            try FileManager.default.removeItem(atPath: folder + "/sessions/A1")
            try await withSpoke(folder) { spoke in
                #expect(try await spoke.start("A1", script("echo ran >> \(folder)/runs")).state == "succeeded")
                _ = try await spoke.client.call(AttemptOperations.forget, AttemptRef(attempt: "A1"))
                #expect(await refusal { try await spoke.start("A1", script("true")) } != nil)
                let runs = try String(contentsOfFile: folder + "/runs", encoding: .utf8)
                #expect(runs == "ran\n")
            }
        }
    }

    @Test("What is remembered is bounded, and nothing old starts for that")
    func bounded() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            try await spoke.services.store.write { db in
                for id in ["01C", "01A", "01D", "01B"] {
                    try db.execute(sql: "INSERT INTO forgotten (id) VALUES (?)", arguments: [id])
                }
                try AttemptTable.pruneForgotten(db, keeping: 2)
                try AttemptTable.pruneForgotten(db, keeping: 2)
            }
            let (kept, known) = try await spoke.services.store.read { db in
                let ids = ["01", "01A", "01AZ", "01B", "01BZ", "01C", "01D", "01E"]
                return (
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM forgotten"),
                    try ids.filter { try AttemptTable.isForgotten(db, $0) }
                )
            }
            #expect(kept == 2)
            #expect(known == ["01", "01A", "01AZ", "01B", "01C", "01D"])
            await spoke.services.shutdown(endSessions: false)
        }
    }
}
