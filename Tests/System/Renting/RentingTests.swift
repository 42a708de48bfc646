import CallProtocol
import Foundation
import TestKit
import Testing

@Suite("Rented machines, on the real binary")
struct RentingTests {
    @Test("with the hub gone for good the machine gives itself back within its lease; its image has no tool but bash")
    func lease() async throws {
        try await Renter.with(tools: "tools") { renter in
            let rented = try await renter.fleet.run("instance", "rent", "--gpus", "1", seconds: 60)
            #expect(rented.code == 0, "\(rented.text) \(rented.err) \(renter.words)")
            let pod = try #require(renter.provider.account.instances.first)
            try await renter.fleet.killHub()
            let gone = ContinuousClock.now
            try await until("end of the machine", seconds: 30) { renter.provider.account.existing.isEmpty }
            #expect(ContinuousClock.now - gone < .seconds(16))
            // By the machine's own key, and not by the account's.
            let request = try #require(renter.provider.server.requests.last { $0.method == "DELETE" })
            #expect(
                request.bearer == pod.containerEnv["RUNPOD_API_KEY"] && request.bearer != renter.provider.token
            )
        }
    }

    @Test(
        "run --rent: a machine comes for the program, whose output and exit code come home; it can be seen what it cost"
    )
    func run() async throws {
        try await Renter.with { renter in
            let run = try await renter.fleet.run(
                "run", "--rent", "--max-price", "0.5", "--cpus", "1", "--label", "rented", "--", "sh", "-c",
                "echo $((6*7)); exit 5", seconds: 60)
            #expect(run.code == 5 && run.text == "42\n", "\(run.err) \(renter.words)")
            #expect(
                run.err.contains("runpod, 0.0600 USD an hour\n  offer  ") && run.err.contains("\n  in all  "),
                "\(run.err)")
            #expect(!run.err.contains("\u{1B}") && !run.err.contains("\r"), "\(run.err)")
            #expect(run.err.contains("\n  boot") && run.err.contains("\n  dial-home  "), "\(run.err)")
            let list = try await renter.fleet.run("instance", "list")
            #expect(list.text.contains("active") && renter.provider.account.instances.count == 1, "\(list.text)")
            let shown = try await renter.fleet.run("workload", "show", "sh")
            #expect(shown.text.contains("rented") && shown.text.contains("USD so far, active"), "\(shown.text)")
            #expect(shown.text.contains("waited"), "\(shown.text)")
            let receipt = try await renter.fleet.run("workload", "receipt", "sh", "--verify")
            #expect(
                receipt.code == 0 && receipt.text.contains("USD, at 0.0600 USD an hour"),
                "\(receipt.text) \(receipt.err)")
            // The next one finds the machine that is there.
            let next = try await renter.fleet.run("run", "--rent", "--cpus", "1", "--", "true", seconds: 60)
            #expect(next.code == 0 && renter.provider.account.instances.count == 1, "\(next.err)")
            let dear = try await renter.fleet.run(
                "run", "--rent", "--max-price", "0.01", "--gpus", "2", "--detach", "--", "true")
            #expect(dear.code == 0, "\(dear.err)")
            try await until("why it waits") {
                try await renter.fleet.run("workload", "list").text.contains("nothing that fits is rented out now")
            }
        }
    }

    @Test("from the wish to the node that runs something, and back: the machine has nothing but what was ordered")
    func life() async throws {
        try await Renter.with { renter in
            let rented = try await renter.fleet.run("instance", "rent", "--gpu-model", "4090", seconds: 60)
            guard rented.code == 0, rented.text.contains("active") else {
                Issue.record("\(rented.text) \(rented.err) \(renter.words)")
                return
            }
            let pod = try #require(renter.provider.account.instances.first)
            #expect(pod.facts["cloud"] == "COMMUNITY" && renter.provider.account.instances.count == 1)
            let list = try await renter.fleet.run("instance", "list")
            #expect(list.text.contains("0.3100 USD") && list.err.contains("burns 0.3100 USD an hour"), "\(list.err)")
            let nodes = try await renter.fleet.run("node", "list", "-q")
            let node = nodes.text.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(node.hasPrefix("runpod-"), "\(nodes.text)")
            let run = try await renter.fleet.run("run", "--node", node, "--", "sh", "-c", "echo here; exit 3")
            #expect(run.code == 3 && run.text == "here\n", "\(run.err)")
            // The token was taken out of the environment, and works no more.
            let seen = try await renter.fleet.run("exec", node, "--", "sh", "-c", "env | grep -c CAPSTAN_JOIN")
            #expect(seen.text == "0\n", "\(seen.text)")
            let released = try await renter.fleet.run("instance", "release", node.suffix(6).description, seconds: 120)
            #expect(released.code == 0 && released.text.contains("terminated"), "\(released.text) \(released.err)")
            #expect(renter.provider.account.existing.isEmpty)
            #expect(try await renter.fleet.run("node", "list", "-q").text.isEmpty)
            let after = try await renter.fleet.run("workload", "list")
            #expect(after.text.contains("failed"), "\(after.text)")
        }
    }

    @Test("on a terminal what goes on is drawn anew below what is over, and Ctrl-C leaves nothing of it")
    func terminal() async throws {
        try await Renter.with { renter in
            let clearing = "\r\u{1B}[K"
            let rented = try renter.fleet.startOnTerminal("instance", "rent", "--cpus", "1")
            try await rented.shows(" an hour: ")
            try await rented.type("\u{3}")
            let left = await rented.wait()
            #expect(left == 130 && rented.text.hasSuffix(clearing), "\(rented.text.debugDescription)")
            let run = try renter.fleet.startOnTerminal("run", "--rent", "--cpus", "1", "--", "sleep", "600")
            try await run.shows(" in all\u{1B}[K")
            try await run.type("\u{3}")
            let code = await run.wait()
            #expect(code == 130 && run.text.hasSuffix("capstan: cancelled\r\n"), "\(run.text.debugDescription)")
            let rest = try #require(run.text.components(separatedBy: clearing).last)
            #expect(!rest.contains(" an hour: "), "\(run.text.debugDescription)")
        }
    }
}
