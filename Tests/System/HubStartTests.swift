import Foundation
import Testing

@Suite("starting a hub on the real binary", .serialized)
struct HubStartTests {
    @Test("a port that is taken ends the start with its address and what to do, and nothing is left running")
    func taken() async throws {
        try await Fleet.with { fleet in
            let (state, taken) = (fleet.path("second"), "127.0.0.1:\(fleet.port)")
            let made = try await fleet.run("hub", "init", "--state-dir", state, "--advertise", "127.0.0.1:1")
            #expect(made.code == 0)
            for flags in [["--listen", "127.0.0.1:0", "--http", taken], ["--listen", taken, "--http", "127.0.0.1:0"]] {
                let refused = try await fleet.start(["hub", "serve", "--state-dir", state] + flags).wait(seconds: 20)
                #expect(refused.code == 1)
                #expect(refused.text.isEmpty)
                #expect(refused.err.contains("\(taken): Address already in use"), "\(refused.err)")
                #expect(refused.err.contains("ADDR:PORT"), "\(refused.err)")
            }
            let free = ["hub", "serve", "--state-dir", state, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]
            let hub = try fleet.start(free)
            try await until("hub_started") { hub.outputSoFar.contains("hub_started") || !hub.isRunning }
            hub.signal(SIGTERM)
            let stopped = await hub.wait(seconds: 20)
            #expect(stopped.code == 0, "\(stopped.err)")
        }
    }

    @Test("a hub that stops waits a moment for a session, not for its end, and says first and last what it does")
    func stop() async throws {
        try await Fleet.with(spokes: ["bee"]) { fleet in
            let session = try fleet.start(["exec", "bee", "--", "sh", "-c", "echo up; exec sleep 200"])
            try await until("a session") { session.outputSoFar.contains("up") }
            let begun = ContinuousClock.now
            fleet.hub?.signal(SIGTERM)
            let stopped = await fleet.hub?.wait(seconds: 30)
            #expect(stopped?.code == 0)
            #expect(ContinuousClock.now - begun < .seconds(15))
            let log = try String(contentsOfFile: fleet.path("hub") + "/hub.log", encoding: .utf8)
            let lines = log.split(separator: "\n")
            #expect(lines.contains { $0.contains("hub stopping") })
            #expect(lines.last?.contains("hub stopped") == true, "\(lines.suffix(3))")
            #expect(!log.contains(#""error""#) || !log.contains("child channel"), "\(lines.suffix(5))")
            #expect(await session.wait(seconds: 20).code != 0)
        }
    }

    @Test("a hub that is not there is told in plain words, with what to do")
    func away() async throws {
        try await Fleet.with { fleet in
            fleet.hub?.signal(SIGTERM)
            _ = await fleet.hub?.wait(seconds: 20)
            let asked = try await fleet.run("node", "list", "-o", "json")
            #expect(asked.code == 69)
            #expect(asked.err.contains("cannot reach 127.0.0.1:\(fleet.port): Connection refused; "), "\(asked.err)")
        }
    }
}
