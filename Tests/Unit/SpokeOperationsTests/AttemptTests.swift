import CallProtocol
import Crypto
import Foundation
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct AttemptTests {
    @Test("An attempt runs, ends with its exit code, and the journal tells its whole story in order")
    func runs() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let first = try await spoke.start("A1", script("echo out; echo err >&2; exit 7"))
                #expect(first.state == "starting")
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "failed")
                #expect(ended.exitCode == 7)
                #expect(ended.logBytes == 8)
                let rows = try await spoke.journal(count: 3)
                #expect(rows.map(\.kind) == ["attempt.changed", "attempt.changed", "attempt.finished"])
                let states = try rows.map { try JSONCoding.decode(AttemptStatus.self, from: $0.payload).state }
                #expect(states == ["starting", "running", "failed"])
            }
        }
    }

    @Test("However short its program is, an attempt tells one time of its start, and none after its end")
    func times() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                for number in 1...5 {
                    try await spoke.start("A\(number)", script("exit 1"))
                    _ = try await spoke.ended("A\(number)")
                }
                let rows = try await spoke.journal(count: 15)
                let statuses = try rows.map { try JSONCoding.decode(AttemptStatus.self, from: $0.payload) }
                for id in (1...5).map({ "A\($0)" }) {
                    let running = try #require(statuses.first { $0.attempt == id && $0.state == "running" })
                    let ended = try #require(statuses.first { $0.attempt == id && $0.state == "failed" })
                    #expect(running.startedAt == ended.startedAt)
                    #expect(try #require(running.startedAt) <= (try #require(ended.endedAt)))
                }
            }
        }
    }

    @Test("The receipt is the node's signature over the exact statement, its hash over the output in recorded order")
    func receipt() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("echo out"))
                let receipt = try #require(try await spoke.ended("A1").receipt)
                let payload = try #require(Data(base64Encoded: receipt.payload))
                let signature = try #require(receipt.signatures.first)
                #expect(signature.by == .node)
                #expect(signature.spki == spoke.key.publicKey.derRepresentation.base64EncodedString())
                let der = try #require(Data(base64Encoded: signature.sig))
                let ecdsa = try P256.Signing.ECDSASignature(derRepresentation: der)
                #expect(spoke.key.publicKey.isValidSignature(ecdsa, for: payload))
                let statement = try JSONDecoder().decode(NodeStatement.self, from: payload)
                let hash = SHA256.hash(data: Data("out\n".utf8)).map { String(format: "%02x", $0) }.joined()
                #expect(statement.outputHash == hash)
                #expect(statement.outputBytes == 4)
                #expect(statement.exitCode == 0)
                let command = SHA256.hash(data: Data(#"["/bin/sh","-c","echo out"]"#.utf8))
                #expect(statement.commandHash == command.map { String(format: "%02x", $0) }.joined())
            }
        }
    }

    @Test("Asked to start twice, the program runs once and the answer is what became of it")
    func idempotent() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let spec = script("echo run >> \(folder)/runs")
                async let one = spoke.start("A1", spec)
                async let two = spoke.start("A1", spec)
                _ = try await (one, two)
                _ = try await spoke.ended("A1")
                #expect(try await spoke.start("A1", spec).state == "succeeded")
                #expect(try String(contentsOfFile: folder + "/runs", encoding: .utf8) == "run\n")
            }
        }
    }

    @Test("A signal shows as 128 plus its number beside its name")
    func signalled() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("kill -SEGV $$"))
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "failed")
                #expect(ended.exitCode == 139)
                #expect(ended.signal == "SEGV")
            }
        }
    }

    @Test("A program that is not there fails with 127 and the reason in words")
    func notFound() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", WorkloadSpec(cmd: ["no-such-program-here"]))
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "failed")
                #expect(ended.exitCode == 127)
                #expect(ended.reason?.contains("no-such-program-here") == true)
                #expect(ended.receipt != nil)
            }
        }
    }

    @Test("The time limit ends a program and says so")
    func timeLimit() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                var spec = script("exec sleep 600")
                spec.timeLimitMs = 100
                try await spoke.start("A1", spec)
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "failed")
                #expect(ended.reason == "time_limit")
                #expect(ended.signal == "TERM")
            }
        }
    }

    @Test("A cancel ends the program; cancelling again, or later, answers with the state")
    func cancel() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("exec sleep 600"))
                try await eventually { try await spoke.status("A1")?.state == "running" }
                _ = try await spoke.client.call(AttemptOperations.cancel, AttemptRef(attempt: "A1"))
                let ended = try await spoke.ended("A1")
                #expect(ended.state == "cancelled")
                #expect(ended.reason == "cancelled")
                let again = try await spoke.client.call(AttemptOperations.cancel, AttemptRef(attempt: "A1"))
                #expect(again == ended)
                let unknown = await refusal {
                    try await spoke.client.call(AttemptOperations.cancel, AttemptRef(attempt: "A9"))
                }
                #expect(unknown?.code == .notFound)
            }
        }
    }

    @Test("A cancel right after the start is never lost")
    func cancelAtOnce() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                for number in 0..<10 {
                    try await spoke.start("A\(number)", script("exec sleep 600"), workload: "W\(number)")
                    _ = try await spoke.client.call(AttemptOperations.cancel, AttemptRef(attempt: "A\(number)"))
                }
                for number in 0..<10 {
                    #expect(try await spoke.ended("A\(number)").state == "cancelled")
                }
            }
        }
    }

    @Test("A higher generation stops the lower one; a lower one is refused")
    func generations() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("exec sleep 600"), generation: 1)
                try await spoke.start("A2", script("exit 0"), generation: 2)
                let old = try await spoke.ended("A1")
                #expect(old.state == "cancelled")
                #expect(old.reason == "superseded by generation 2")
                #expect(try await spoke.ended("A2").state == "succeeded")
                let refused = await refusal { try await spoke.start("A0", script("exit 0"), generation: 1) }
                #expect(refused?.code == .conflict)
            }
        }
    }

    @Test("Programs find the spoke's environment and their own, and nothing of Capstan's")
    func environment() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                var spec = WorkloadSpec(cmd: ["env"])
                spec.env = ["MINE": "2"]
                try await spoke.start("A1", spec)
                _ = try await spoke.ended("A1")
                let lines = text(try await spoke.logs("A1")).split(separator: "\n")
                #expect(lines.contains("OWN=1"))
                #expect(lines.contains("MINE=2"))
                #expect(lines.contains("HOME=\(folder)"))
                #expect(!lines.contains { $0.hasPrefix("CAPSTAN") })
            }
        }
    }

    @Test("A name that leads elsewhere is refused", arguments: ["..", "a/b", ".", "a b"])
    func badName(_ name: String) async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                #expect(await refusal { try await spoke.start(name, script("exit 0")) }?.code == .invalidInput)
            }
        }
    }

    @Test("Two hundred attempts at once each end once, with their own code")
    func many() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            try await spoke.start("A\(number)", script("exit \(number % 7)"), workload: "W\(number)")
                        }
                    }
                    try await group.waitForAll()
                }
                try await eventually(within: .seconds(90)) {
                    try await spoke.client.call(AttemptOperations.list, AttemptListInput(active: true)).attempts.isEmpty
                }
                let all = try await spoke.client.call(AttemptOperations.list, AttemptListInput()).attempts
                #expect(all.count == 200)
                for status in all {
                    #expect(status.exitCode == (Int(status.attempt.dropFirst()) ?? -1) % 7)
                }
            }
        }
    }
}
