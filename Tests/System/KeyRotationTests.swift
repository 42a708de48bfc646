import Foundation
import Testing

@Suite("keys change on the real binary", .serialized)
struct KeyRotationTests {
    @Test("hub and spoke change their keys while they run; exec goes on and an old receipt still verifies")
    func whileRunning() async throws {
        try await Fleet.with(spokes: ["one", "two"]) { fleet in
            #expect(try await fleet.run("run", "--name", "job", "--label", "name=one", "--", "true").code == 0)
            let oldToken = try await fleet.token()
            let before = try await Self.fingerprint(fleet, "one")

            let hub = try await Self.rotated(fleet, "hub", "hub")
            #expect(hub["inUse"] as? Bool == true && hub["revoked"] as? Bool == false)
            #expect(try Self.pins(fleet, "one") == [hub["previous"] as? String])
            let spoke = try await Self.rotated(fleet, "spoke", "one")
            #expect(spoke["previous"] as? String == before)
            let status = try #require(
                try await fleet.run("hub", "status", "-o", "json").json() as? [String: Any])
            #expect(status["fingerprint"] as? String == hub["fingerprint"] as? String)
            // The new link of the spoke was made by the chain from its old pin.
            #expect(try Self.pins(fleet, "one") == [hub["fingerprint"] as? String])
            #expect(try await Self.fingerprint(fleet, "one") == spoke["fingerprint"] as? String)

            let exec = try await fleet.run("exec", "one", "--wait", "20s", "--", "echo", "hello")
            #expect(exec.text == "hello\n", "\(exec.err)")
            #expect(try await fleet.run("workload", "receipt", "job", "--verify").code == 0)
            #expect(try await fleet.run("run", "--name", "later", "--label", "name=one", "--", "true").code == 0)
            #expect(try await fleet.run("workload", "receipt", "later", "--verify").code == 0)

            // After the hub's restart too; and the token of before leads to it.
            try await fleet.killHub()
            try await fleet.startHub()
            #expect(try await fleet.run("exec", "two", "--wait", "60s", "--", "true").code == 0)
            let joined = try await fleet.run(
                "spoke", "join", oldToken, "--state-dir", fleet.path("three"), "--name", "three")
            #expect(joined.code == 0, "\(joined.err)")
            #expect(try await fleet.run("workload", "receipt", "job", "--verify").code == 0)
        }
    }

    @Test("a spoke that is down is changed over a short link, and a copy of its directory is locked out")
    func whileStopped() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            #expect(await fleet.stopSpoke("one")?.code == 0)
            try FileManager.default.copyItem(atPath: fleet.path("one"), toPath: fleet.path("copy"))
            let changed = try await Self.rotated(fleet, "spoke", "one")
            #expect(changed["node"] as? String == "one")
            let copy = try fleet.start(["spoke", "run", "--state-dir", fleet.path("copy"), "--clone-policy", "allow"])
            try await until("the copy to be refused") { copy.outputSoFar.contains("is not known to this hub") }
            copy.signal(SIGTERM)
            _ = await copy.wait()
            try await fleet.startSpoke("one")
            #expect(try await fleet.run("exec", "one", "--", "true").code == 0)
        }
    }

    @Test("a revoked hub key: the local operator goes on, the spoke refuses the hub until it joins again")
    func revoked() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            #expect(await fleet.stopSpoke("one")?.code == 0)
            try await fleet.killHub()
            let made = try await Self.rotated(fleet, "hub", "hub", "--revoke")
            #expect(made["running"] as? Bool == false)
            #expect((made["contexts"] as? [String])?.count == 1)
            try await fleet.startHub()
            #expect(try await fleet.run("node", "list").code == 0)
            let spoke = try fleet.start(["spoke", "run", "--state-dir", fleet.path("one")])
            try await until("the spoke to refuse the hub") { spoke.outputSoFar.contains("not the pinned one") }
            spoke.signal(SIGTERM)
            _ = await spoke.wait()

            #expect(try await fleet.run("node", "remove", "one").code == 0)
            try FileManager.default.removeItem(atPath: fleet.path("one"))
            try await fleet.join("one")
            try await fleet.startSpoke("one")
            #expect(try await fleet.run("exec", "one", "--", "true").code == 0)
        }
    }

    /// A machine without an id has no fingerprint, and nothing to tell clones by.
    private static let hasMachineID = ["/etc/machine-id", "/var/lib/dbus/machine-id"].contains { path in
        let id = try? String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        return id.map { !$0.isEmpty && $0 != "uninitialized" } ?? false
    }

    @Test(
        "a directory from another host is refused with the ways out, of which rotate-key is one",
        .enabled(if: hasMachineID, "this machine has no machine id"))
    func clone() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            #expect(await fleet.stopSpoke("one")?.code == 0)
            let file = fleet.path("one") + "/host-fingerprint.json"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let foreign = text.replacing(/"fingerprint" : "[0-9a-f]+"/, with: #""fingerprint" : "00""#)
            try foreign.write(toFile: file, atomically: true, encoding: .utf8)
            let run = ["spoke", "run", "--state-dir", fleet.path("one"), "--clone-policy", "refuse"]
            let refused = try await fleet.start(run).wait()
            #expect(refused.code == 4)
            #expect(refused.err.contains("capstan spoke rotate-key"))
            _ = try await Self.rotated(fleet, "spoke", "one")
            let spoke = try fleet.start(run)
            try await until("spoke_connected") { spoke.outputSoFar.contains("spoke_connected") }
            spoke.signal(SIGTERM)
            #expect(await spoke.wait().code == 0)
            try await fleet.startSpoke("one")
        }
    }

    @Test("kill -9 of rotate-key at any moment leaves a spoke and a hub that find each other")
    func killed() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            #expect(await fleet.stopSpoke("one")?.code == 0)
            for noun in [("spoke", "one"), ("hub", "hub")] {
                for delay in stride(from: 5, through: 95, by: 10) {
                    let change = try fleet.start([noun.0, "rotate-key", "--state-dir", fleet.path(noun.1)])
                    try await Task.sleep(for: .milliseconds(delay))
                    change.signal(SIGKILL)
                    _ = await change.wait()
                    #expect(try await fleet.run("token", "create", "--state-dir", fleet.path("hub")).code == 0)
                }
            }
            try await fleet.killHub()
            try await fleet.startHub()
            try await fleet.startSpoke("one")
            #expect(try await fleet.run("exec", "one", "--wait", "20s", "--", "true").code == 0)
            #expect(!FileManager.default.fileExists(atPath: fleet.path("one") + "/next-key.pem"))
            // And the same while the spoke runs: killed or not, it ends with one key.
            for delay in stride(from: 5, through: 95, by: 30) {
                let change = try fleet.start(["spoke", "rotate-key", "--state-dir", fleet.path("one")])
                try await Task.sleep(for: .milliseconds(delay))
                change.signal(SIGKILL)
                _ = await change.wait()
            }
            try await fleet.killSpoke("one")
            try await fleet.startSpoke("one")
            #expect(try await fleet.run("exec", "one", "--wait", "20s", "--", "true").code == 0)
        }
    }

    /// Runs a `rotate-key` and returns what it printed.
    private static func rotated(
        _ fleet: Fleet, _ noun: String, _ directory: String, _ flags: String...
    ) async throws -> [String: Any] {
        let result = try await fleet.start(
            [noun, "rotate-key", "--state-dir", fleet.path(directory), "-o", "json"] + flags
        ).wait()
        #expect(result.code == 0, "\(result.err)")
        return try #require(try result.json() as? [String: Any])
    }

    /// The key by which the hub knows a node.
    private static func fingerprint(_ fleet: Fleet, _ node: String) async throws -> String? {
        let shown = try await fleet.run("node", "show", node, "-o", "json").json() as? [String: Any]
        return shown?["fingerprint"] as? String
    }

    /// The hub keys that a spoke trusts.
    private static func pins(_ fleet: Fleet, _ spoke: String) throws -> [String?] {
        let data = try Data(contentsOf: URL(fileURLWithPath: fleet.path(spoke) + "/identity.json"))
        let identity = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return identity["hubFingerprints"] as? [String] ?? []
    }
}
