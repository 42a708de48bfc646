import Foundation
import Testing

@Suite("workloads on the real binary", .serialized)
struct WorkloadTests {
    @Test("a workload is followed, ends with its program's code, and its receipt verifies")
    func follow() async throws {
        try await Fleet.with(spokes: ["one", "two"]) { fleet in
            let run = try await fleet.run(
                "run", "--name", "job", "--label", "name=two", "--", "sh", "-c", "echo a; echo b >&2; exit 3")
            #expect(run.code == 3, "\(run.err)")
            #expect(run.text == "a\n")
            #expect(run.err.contains("b\n"))
            let shown = try #require(
                try await fleet.run("workload", "show", "job", "-o", "json").json() as? [String: Any])
            #expect(shown["state"] as? String == "failed")
            #expect(shown["exitCode"] as? Int == 3)
            #expect(shown["node"] as? String == "two")
            #expect((shown["attempts"] as? [Any])?.count == 1)
            #expect(try await fleet.run("workload", "receipt", "job", "--verify").code == 0)
            let logs = try await fleet.run("workload", "logs", "job")
            #expect(logs.text.contains("a\n"))
        }
    }

    @Test("a queued workload says why, and cancel ends it; a program that ignores SIGTERM is killed")
    func cancel() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let waiting = try await fleet.submit(["--label", "gpu=true", "--", "true"])
            try await until("a reason") {
                try await fleet.workload(waiting)["reason"].map { "\($0)".contains("gpu=true") } ?? false
            }
            #expect(try await fleet.run("workload", "cancel", waiting).code == 0)
            #expect(try await fleet.workload(waiting)["state"] as? String == "cancelled")

            let stubborn = try await fleet.submit([
                "--", "sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.1; done",
            ])
            try await until("output") { try await fleet.run("workload", "logs", stubborn).text.contains("up") }
            #expect(try await fleet.run("workload", "cancel", stubborn).code == 0)
            try await until("the end", seconds: 20) {
                try await fleet.workload(stubborn)["state"] as? String == "cancelled"
            }

            let limited = try await fleet.run("run", "--time-limit", "1s", "--", "sleep", "60")
            #expect(limited.code == 143)
            #expect(limited.err.contains("its time limit of 1s was over"))
        }
    }

    @Test("the same key submits once; with another input it is refused")
    func idempotent() async throws {
        try await Fleet.with { fleet in
            func submit(_ name: String) async throws -> Program.Result {
                let spec = #"{"cmd":["true"],"name":"\#(name)","labels":["nowhere"]}"#
                return try await fleet.run(
                    "call", "workload/submit", spec, "--idempotency-key", "nightly-7", "-o", "json")
            }
            var ids: Set<String> = []
            for _ in 1...3 {
                let answer = try await submit("once")
                let view = try #require(try answer.json() as? [String: Any], "\(answer.err)")
                ids.insert(try #require(view["id"] as? String))
            }
            #expect(ids.count == 1)
            let other = try await submit("twice")
            #expect(other.code == 64, "\(other.err)")
            let listed = try await fleet.run("workload", "list", "-o", "json").json() as? [[String: Any]]
            #expect(listed?.map { $0["name"] as? String } == ["once"])
        }
    }

    @Test("a job file submits what it says, and a misspelt field is named")
    func jobFile() async throws {
        try await Fleet.with { fleet in
            let file = fleet.path("job.yaml")
            try "name: once\ncmd: [\"true\"]\nlabels: [nowhere]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            #expect(try await fleet.run("run", "-f", file, "--detach").code == 0)
            #expect(try await fleet.workload("once")["state"] as? String == "queued")
            try "name: once\ncmd: [\"true\"]\nlables: [nowhere]\n".write(
                toFile: file, atomically: true, encoding: .utf8)
            let misspelt = try await fleet.run("run", "-f", file, "--detach")
            #expect(misspelt.code == 65)
            #expect(misspelt.err.contains("lables"))
        }
    }

    @Test("kill -9 of the hub while workloads run: each ends once, with its true exit code and one receipt")
    func hubKilled() async throws {
        try await Fleet.with(spokes: ["one", "two", "three"]) { fleet in
            let held = fleet.path("go")
            let ids = try await fleet.submitMany(200, until: held)
            try await fleet.killHub()
            try await fleet.startHub()
            try "".write(toFile: held, atomically: true, encoding: .utf8)
            try await fleet.checkAll(ids)
        }
    }

    @Test("kill -9 of every spoke while workloads run: each ends once, with its true exit code and one receipt")
    func spokesKilled() async throws {
        try await Fleet.with(spokes: ["one", "two", "three"]) { fleet in
            let held = fleet.path("go")
            let ids = try await fleet.submitMany(200, until: held)
            for name in ["one", "two", "three"] { try await fleet.killSpoke(name) }
            for name in ["one", "two", "three"] { try await fleet.startSpoke(name) }
            try "".write(toFile: held, atomically: true, encoding: .utf8)
            try await fleet.checkAll(ids)
        }
    }
}

extension Fleet {
    /// Submits with `--detach`; returns the id.
    func submit(_ arguments: [String]) async throws -> String {
        let result = try await start(["run", "--detach", "-o", "json"] + arguments).wait()
        let value = try #require(try result.json() as? [String: Any], "\(result.err)")
        return try #require(value["id"] as? String)
    }

    func workload(_ id: String) async throws -> [String: Any] {
        let result = try await run("workload", "show", id, "-o", "json")
        return try #require(try result.json() as? [String: Any], "\(result.err)")
    }

    /// Submits workloads that run until there is a file, eight clients at a time, and waits until all run. The exit code
    /// of number n is n modulo 5.
    func submitMany(_ count: Int, until file: String) async throws -> [(id: String, code: Int)] {
        var ids: [(id: String, code: Int)] = []
        for start in stride(from: 0, to: count, by: 8) {
            let batch = try (start..<min(start + 8, count)).map { number in
                try self.start([
                    "run", "--detach", "-o", "json", "--", "sh", "-c",
                    "echo line \(number); until [ -e '\(file)' ]; do sleep 1; done; exit \(number % 5)",
                ])
            }
            for (number, program) in zip(start..., batch) {
                let result = await program.wait()
                let value = try #require(try result.json() as? [String: Any], "\(result.err)")
                ids.append((try #require(value["id"] as? String), number % 5))
            }
        }
        try await until("all to run", seconds: 60) { try await counts()["running"] == count }
        return ids
    }

    /// How many workloads are in each state; nothing while the hub does not answer.
    private func counts() async throws -> [String: Int] {
        let status = try await run("hub", "status", "-o", "json")
        guard status.code == 0, let value = try status.json() as? [String: Any] else { return [:] }
        return value["workloads"] as? [String: Int] ?? [:]
    }

    /// Waits until all have ended, then looks at each.
    func checkAll(_ ids: [(id: String, code: Int)]) async throws {
        try await until("all to end", seconds: 120) {
            let counts = try await counts()
            return (counts["succeeded"] ?? 0) + (counts["failed"] ?? 0) + (counts["lost"] ?? 0) >= ids.count
        }
        let listed = try #require(
            try await run("workload", "list", "--limit", "500", "-o", "json").json() as? [[String: Any]])
        let byID = Dictionary(
            uniqueKeysWithValues: listed.compactMap { row in (row["id"] as? String).map { ($0, row) } })
        for (id, code) in ids {
            let row = try #require(byID[id])
            #expect(row["state"] as? String == (code == 0 ? "succeeded" : "failed"), "\(row)")
            #expect(row["exitCode"] as? Int == code, "\(row)")
        }
        for start in stride(from: 0, to: ids.count, by: 8) {
            let some = ids[start..<min(start + 8, ids.count)].map(\.id)
            let shows = try some.map { try self.start(["workload", "show", $0, "-o", "json"]) }
            let receipts = try some.map { try self.start(["workload", "receipt", $0, "--verify"]) }
            for (show, receipt) in zip(shows, receipts) {
                let shown = await show.wait()
                let value = try #require(try shown.json() as? [String: Any], "\(shown.err)")
                let attempts = try #require(value["attempts"] as? [[String: Any]])
                #expect(attempts.count == 1)
                #expect(attempts.first?["hasReceipt"] as? Bool == true)
                let verified = await receipt.wait()
                #expect(verified.code == 0, "\(verified.err)")
            }
        }
        let ended = try await run(
            "events", "--kind", "workload.succeeded", "--kind", "workload.failed", "--since", "1h", "-o", "json")
        #expect(ended.text.split(separator: "\n").count == ids.count)
    }
}
