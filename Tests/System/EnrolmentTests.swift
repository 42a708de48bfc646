import Foundation
import Testing

@Suite("enrolment on the real binary", .serialized)
struct EnrolmentTests {
    @Test("a wrong, used, expired or revoked token, and a wrong hub key, are refused with what to do")
    func tokens() async throws {
        try await Fleet.with { fleet in
            let used = try await fleet.token()
            #expect(try await fleet.run("spoke", "join", used, "--state-dir", fleet.path("a"), "--name", "a").code == 0)
            let again = try await fleet.run(
                "spoke", "join", used, "--state-dir", fleet.path("b"), "--name", "b", "-o", "json")
            #expect(again.code == 77)
            #expect(again.err.contains("TOKEN_USED"))

            let wrong = try Self.tampered(try await fleet.token()) {
                $0["s"] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            }
            let refused = try await fleet.run("spoke", "join", wrong, "--state-dir", fleet.path("c"), "-o", "json")
            #expect(refused.code == 77)
            #expect(refused.err.contains("TOKEN_INVALID"))

            let expiring = try await fleet.token("--ttl", "1s")
            try await until("expiry") {
                let late = try await fleet.run(
                    "spoke", "join", expiring, "--state-dir", fleet.path("d"), "--name", "d", "-o", "json")
                if late.code == 0 { try FileManager.default.removeItem(atPath: fleet.path("d")) }
                return late.code == 77 && (late.err.contains("TOKEN_EXPIRED") || late.err.contains("TOKEN_USED"))
            }

            let foreign = try Self.tampered(try await fleet.token()) {
                $0["f"] = "sha256:" + String(repeating: "ab", count: 32)
            }
            let pinned = try await fleet.run("spoke", "join", foreign, "--state-dir", fleet.path("e"), "-o", "json")
            #expect(pinned.code == 77)
            #expect(pinned.err.contains("UNAUTHENTICATED"))

            let garbage = try await fleet.run("spoke", "join", "cap1_nonsense", "--state-dir", fleet.path("f"))
            #expect(garbage.code == 2)
        }
    }

    @Test("a token of the other kind is refused on both sides, and costs neither itself nor a context")
    func otherKind() async throws {
        try await Fleet.with { fleet in
            let contexts = try await fleet.run("context", "list", "-o", "json").text
            let machine = try await fleet.token()
            let login = try await fleet.run("login", machine, "-o", "json")
            #expect(login.code == 77)
            #expect(login.err.contains("TOKEN_INVALID") && login.err.contains("capstan spoke join"))
            #expect(try await fleet.run("context", "list", "-o", "json").text == contexts)
            #expect(try await fleet.run("spoke", "join", machine, "--state-dir", fleet.path("a")).code == 0)

            let person = try await fleet.token("--kind", "operator", "--role", "viewer")
            let join = try await fleet.run("spoke", "join", person, "--state-dir", fleet.path("b"), "-o", "json")
            #expect(join.code == 77)
            #expect(join.err.contains("TOKEN_INVALID") && join.err.contains("capstan login"))
            #expect(try await fleet.run("login", person, "--context", "viewer").code == 0)
        }
    }

    @Test("login never replaces a context: a name that is taken is refused, with the token unspent")
    func login() async throws {
        try await Fleet.with { fleet in
            let admin = try #require(
                (try await fleet.run("context", "list", "--quiet").text).split(separator: "\n").first.map(String.init))
            let token = try await fleet.token("--kind", "operator", "--role", "viewer", "--name", "eve")
            let taken = try await fleet.run("login", token, "--context", admin)
            #expect(taken.code == 64, "\(taken.err)")
            #expect(taken.err.contains("capstan context remove"))
            let login = try await fleet.run("login", token, "-o", "json")
            #expect(login.code == 0, "\(login.err)")
            #expect(!login.text.contains("\"context\":\"\(admin)\""))
            #expect(try await fleet.run("token", "create", "--context", admin).code == 0)
            #expect(try await fleet.run("token", "create").code == 77)
        }
    }

    @Test("a role that was made lets do what it names and nothing else, and goes when nobody has it")
    func madeRole() async throws {
        try await Fleet.with { fleet in
            let typo = try await fleet.run("role", "create", "watch", "--allow", "node:lst")
            #expect(typo.code == 2 && typo.err.contains("did you mean `node:list`?"), "\(typo.err)")
            let made = try await fleet.run("role", "create", "watch", "--allow", "node:list")
            #expect(made.code == 0, "\(made.err)")
            let admin = try #require(
                (try await fleet.run("context", "list", "--quiet").text).split(separator: "\n").first.map(String.init))
            let token = try await fleet.token("--kind", "operator", "--role", "watch", "--name", "eve")
            #expect(try await fleet.run("login", token, "--context", "eve").code == 0)
            #expect(try await fleet.run("node", "list").code == 0)
            #expect(try await fleet.run("workload", "list").code == 77)
            let inUse = try await fleet.run("role", "remove", "watch", "--context", admin)
            #expect(inUse.code == 64 && inUse.err.contains("eve"), "\(inUse.err)")
            #expect(try await fleet.run("operator", "set-role", "eve", "viewer", "--context", admin).code == 0)
            #expect(try await fleet.run("workload", "list").code == 0)
            #expect(try await fleet.run("role", "remove", "watch", "--context", admin).code == 0)
        }
    }

    @Test("two that race for one token: exactly one joins")
    func race() async throws {
        try await Fleet.with { fleet in
            let token = try await fleet.token()
            let racers = try (0..<4).map {
                try fleet.start(["spoke", "join", token, "--state-dir", fleet.path("r\($0)"), "--name", "r\($0)"])
            }
            var codes: [Int32] = []
            for racer in racers { codes.append(await racer.wait().code) }
            #expect(codes.count { $0 == 0 } == 1)
            #expect(codes.count { $0 == 77 } == 3)
        }
    }

    @Test("a spoke joins by itself from CAPSTAN_JOIN, which no program of it ever sees")
    func environment() async throws {
        try await Fleet.with { fleet in
            let token = try await fleet.token("--name", "self")
            let spoke = try fleet.start(
                ["spoke", "run", "--state-dir", fleet.path("self")], environment: ["CAPSTAN_JOIN": token])
            try await until("spoke_connected") { spoke.outputSoFar.contains("spoke_connected") }
            let environment = try await fleet.run("exec", "self", "--", "env")
            #expect(environment.code == 0, "\(environment.err)")
            #expect(!environment.text.contains("CAPSTAN"))
            spoke.signal(SIGTERM)
            #expect(await spoke.wait().code == 0)
        }
    }

    @Test("a spoke that is to join by itself waits for a hub that is away, and a signal ends the waiting")
    func patience() async throws {
        try await Fleet.with { fleet in
            let token = try await fleet.token("--name", "late")
            try await fleet.killHub()
            let late = try fleet.start(
                ["spoke", "run", "--state-dir", fleet.path("late")], environment: ["CAPSTAN_JOIN": token])
            let impatient = try fleet.start(
                ["spoke", "run", "--state-dir", fleet.path("impatient")], environment: ["CAPSTAN_JOIN": token])
            for spoke in [late, impatient] {
                try await until("hub_status") { spoke.outputSoFar.contains(#""status":"disconnected""#) }
            }
            let log = try String(contentsOfFile: fleet.path("late") + "/spoke.log", encoding: .utf8)
            #expect(log.contains("not joined yet"))
            impatient.signal(SIGTERM)
            #expect(await impatient.wait(seconds: 20).code == 0)
            try await fleet.startHub()
            try await until("spoke_connected", seconds: 90) { late.outputSoFar.contains("spoke_connected") }
            late.signal(SIGTERM)
            #expect(await late.wait(seconds: 20).code == 0)
        }
    }

    @Test("a token bound to an instance is for that instance alone, which says so by flag or environment")
    func instance() async throws {
        try await Fleet.with { fleet in
            let token = try await fleet.token("--name", "rented", "--instance", "i-7")
            for wrong in [[], ["--instance", "i-8"]] {
                let refused = try await fleet.start(
                    ["spoke", "join", token, "--state-dir", fleet.path("other"), "-o", "json"] + wrong
                ).wait()
                #expect(refused.code == 77)
                #expect(refused.err.contains("INSTANCE_MISMATCH"))
            }
            let spoke = try fleet.start(
                ["spoke", "run", "--state-dir", fleet.path("rented")],
                environment: ["CAPSTAN_JOIN": token, "CAPSTAN_INSTANCE": "i-7"])
            try await until("spoke_connected") { spoke.outputSoFar.contains("spoke_connected") }
            let facts = try await fleet.run("call", "host/facts", "--node", "rented")
            #expect(facts.text.contains("i-7"), "\(facts.err)")
            #expect(!(try await fleet.run("exec", "rented", "--", "env").text.contains("CAPSTAN")))
            spoke.signal(SIGTERM)
            #expect(await spoke.wait().code == 0)
        }
    }

    @Test("a pending node serves nothing until it is approved; a removed one is cut off at once and gives up")
    func approval() async throws {
        try await Fleet.with { fleet in
            let token = try await fleet.token("--approve", "--name", "shy")
            #expect(try await fleet.run("spoke", "join", token, "--state-dir", fleet.path("shy")).code == 0)
            let spoke = try fleet.start(["spoke", "run", "--state-dir", fleet.path("shy")])
            try await until("spoke_connected") { spoke.outputSoFar.contains("spoke_connected") }
            #expect(try await fleet.run("exec", "shy", "--", "true").code == 64)
            #expect(try await fleet.run("node", "approve", "shy").code == 0)
            #expect(try await fleet.run("exec", "shy", "--", "true").code == 0)
            #expect(try await fleet.run("node", "remove", "shy").code == 0)
            let given = await spoke.wait()
            #expect(given.code == 77)
            #expect(given.text.contains("removed from the fleet"))
            #expect(given.err.contains("capstan spoke join TOKEN"), "\(given.err)")
            #expect(try await fleet.run("exec", "shy", "--", "true").code == 2)
            let again = try await fleet.run("spoke", "run", "--state-dir", fleet.path("shy"))
            #expect(again.code == 77)
            #expect(again.err.contains("mv "), "\(again.err)")
            let anew = try await fleet.token()
            let joined = try await fleet.run("spoke", "join", anew, "--state-dir", fleet.path("shy"))
            #expect(joined.code == 64)
            #expect(joined.err.contains("mv "), "\(joined.err)")
            try FileManager.default.moveItem(atPath: fleet.path("shy"), toPath: fleet.path("shy.removed"))
            #expect(try await fleet.run("spoke", "join", anew, "--state-dir", fleet.path("shy")).code == 0)
        }
    }

    @Test("a state directory of the other role is refused, and a second hub leaves the current context alone")
    func roles() async throws {
        try await Fleet.with { fleet in
            let token = try await fleet.token()
            let onHub = try await fleet.run("spoke", "join", token, "--state-dir", fleet.path("hub"))
            #expect(onHub.code == 64)
            #expect(onHub.err.contains("state directory of a hub"))
            #expect(try await fleet.run("spoke", "join", token, "--state-dir", fleet.path("s")).code == 0)
            #expect(try await fleet.run("hub", "init", "--state-dir", fleet.path("s")).code == 64)
            #expect(try await fleet.run("hub", "serve", "--state-dir", fleet.path("s")).code == 64)
            #expect(try await fleet.run("spoke", "run", "--state-dir", fleet.path("hub")).code == 64)

            let second = try await fleet.run("hub", "init", "--state-dir", fleet.path("hub2"))
            #expect(second.code == 0, "\(second.err)")
            #expect(second.err.contains("--context"))
            // Of the two hubs only the first one runs.
            #expect(try await fleet.run("hub", "status").code == 0)
        }
    }

    @Test("a second init on the same directory is refused, and a second hub too")
    func twice() async throws {
        try await Fleet.with { fleet in
            #expect(try await fleet.run("hub", "init", "--state-dir", fleet.path("hub")).code == 64)
            let second = try await fleet.run(
                "hub", "serve", "--state-dir", fleet.path("hub"), "--listen", "127.0.0.1:0")
            #expect(second.code == 1)
            #expect(second.err.contains("already running"))
            #expect(
                try await fleet.run("hub", "serve", "--state-dir", fleet.path("x"), "--listen", "0.0.0.0:0").code == 2)
        }
    }

    private static func tampered(_ token: String, _ change: (inout [String: Any]) -> Void) throws -> String {
        var base64 = token.dropFirst(5).replacingOccurrences(of: "-", with: "+").replacingOccurrences(
            of: "_", with: "/")
        while base64.count % 4 != 0 { base64 += "=" }
        let data = try #require(Data(base64Encoded: base64))
        var value = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        change(&value)
        let text = try JSONSerialization.data(withJSONObject: value).base64EncodedString()
        return "cap1_"
            + text.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
