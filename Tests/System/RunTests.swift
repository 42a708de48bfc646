import Foundation
import TestKit
import Testing

@Suite("run and exec as a person meets them", .serialized)
struct RunTests {
    @Test("run tells of running before the output, and of the end after it; exec and run keep to --wait")
    func order() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            for _ in 1...5 {
                let run = try fleet.shell(
                    "'\(BuiltBinary.path())' run -- sh -c 'echo one; printf err >&2; exit 3' 2>&1; echo code $?")
                // Notices of the way there come first, as many as there was time for.
                let notices = ["submitted", "queued", "starting", "running on one"]
                let lines = await run.wait().text.split(separator: "\n").drop { line in
                    notices.contains { line.hasPrefix($0) }
                }
                let output = lines.dropLast(2).joined()
                #expect(["oneerr", "errone"].contains(output), "\(lines)")
                #expect(lines.suffix(2) == ["failed with code 3 on one", "code 3"], "\(lines)")
            }

            let asJSON = try await fleet.run("run", "-o", "json", "--", "sh", "-c", "echo a; echo b; exit 4")
            let objects = try asJSON.text.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(asJSON.code == 4)
            #expect(objects.dropLast().map { $0["line"] as? String } == ["a", "b"])
            #expect(objects.last?["state"] as? String == "failed" && objects.last?["exitCode"] as? Int == 4)
            let missing = try await fleet.run("exec", "one", "-o", "json", "--", "no-such-program")
            #expect(missing.code == 127 && missing.err.hasPrefix(#"{"error":{"code":"NOT_FOUND""#), "\(missing.err)")

            let exec = try await fleet.run("exec", "one", "--wait", "5s", "--", "sleep", "60")
            #expect(exec.code == 75, "\(exec.err)")
            #expect(exec.err.contains("was ended"))

            let run = try await fleet.run("run", "--name", "long", "--wait", "5s", "-o", "json", "--", "sleep", "60")
            #expect(run.code == 75, "\(run.err)")
            #expect(run.err.contains("TIMEOUT") && run.err.contains("workload logs -f"))
            // It was left alone: whether it runs by now or still comes to it, it does.
            try await until("running") { try await fleet.workload("long")["state"] as? String == "running" }
            #expect(try await fleet.run("workload", "cancel", "long").code == 0)
        }
    }

    @Test("a signal at any moment of run leaves no workload that nobody was told of")
    func signals() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            // Each a little later than the one before, over the whole of the submit.
            for delay in stride(from: 0, through: 90, by: 6) {
                let run = try fleet.start(["run", "--", "sleep", "60"])
                try await ContinuousClock().sleep(for: .milliseconds(delay))
                run.signal(SIGINT)
                let result = await run.wait()
                #expect(result.code == 130, "after \(delay) ms: \(result.err)")
            }
            let listed = try #require(
                try await fleet.run("workload", "list", "-o", "json").json() as? [[String: Any]])
            #expect(listed.allSatisfy { $0["state"] as? String == "cancelled" }, "\(listed)")
        }
    }

    @Test("a hub or a node that hangs holds nobody past --wait, and in a fan-out not the others")
    func hanging() async throws {
        try await Fleet.with(spokes: ["one", "two"]) { fleet in
            fleet.spokes["two"]?.signal(SIGSTOP)
            let fan = try await fleet.run("exec", "--label", "name", "--wait", "3s", "--", "echo", "hi")
            #expect(fan.code == 75, "\(fan.err)")
            #expect(fan.text == "one | hi\n")
            #expect(fan.err.contains("1 of 2 nodes did not answer: two"), "\(fan.err)")
            fleet.spokes["two"]?.signal(SIGCONT)

            fleet.hub?.signal(SIGSTOP)
            // Both within less than what a handshake may take.
            let exec = try await fleet.run("exec", "one", "--wait", "1s", "--", "true", seconds: 9)
            let list = try await fleet.run("node", "list", "--wait", "1s", "-o", "json", seconds: 9)
            fleet.hub?.signal(SIGCONT)
            #expect(exec.code == 75 && exec.err.contains("did not answer in time"), "\(exec.err)")
            #expect(list.code == 75 && list.err.contains("TIMEOUT"), "\(list.err)")
        }
    }

    @Test("exec says that the program ended with the link")
    func linkLost() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let exec = try fleet.start(["exec", "one", "--", "sh", "-c", "echo up; sleep 60"])
            try await until("output") { exec.outputSoFar.contains("up") }
            try await fleet.killHub()
            let result = await exec.wait()
            #expect(result.code == 69)
            #expect(result.err.contains("ended with it") && result.err.contains("capstan run"), "\(result.err)")
        }
    }
}
