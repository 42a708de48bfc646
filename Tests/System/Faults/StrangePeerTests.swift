import Foundation
import TestKit
import Testing

/// Peers that are not what they should be, against the real binary.
@Suite("strange peers", .serialized)
struct StrangePeerTests {
    /// Bytes that are no frames: a length past every limit, a type that is none, a HELLO that is no JSON, and noise.
    private static let nonsense: [[UInt8]] = [
        [0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 1, 77, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0, 4] + Array("{]}!".utf8), Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
        {
            var random = SeededRandom(seed: 11)
            return random.bytes(200_000)
        }(),
    ]

    @Test("nonsense before TLS and nonsense after the handshake end their own connection and disturb nobody")
    func nonsense() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let hub = try #require(fleet.hub)
            try await fleet.makeCertificate("stranger")
            try await Self.talkNonsense(to: fleet)
            let before = ProcessUse(hub.pid).descriptors
            try await Self.talkNonsense(to: fleet)
            #expect(try await fleet.run("exec", "one", "--wait", "5s", "--", "true").code == 0)
            #expect(hub.isRunning)
            // The database opens another connection of its own when it likes; theirs would be ten.
            try await until("their descriptors") { ProcessUse(hub.pid).descriptors <= before + 6 }
            #expect(try await fleet.state(of: "one") == "connected")
        }
    }

    private static func talkNonsense(to fleet: Fleet) async throws {
        for (number, bytes) in nonsense.enumerated() {
            let file = fleet.folder.appendingPathComponent("nonsense-\(number)")
            try Data(bytes).write(to: file)
            let plain = try fleet.shell(
                "exec timeout 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/\(fleet.port); cat \(file.path) >&3; cat <&3 >/dev/null'"
            )
            #expect(await plain.wait(seconds: 30).code != 124, "the hub keeps who speaks no TLS")
            let inside = try fleet.openSSL("stranger", ["-quiet"], input: file)
            #expect(await inside.wait(seconds: 30).code != -1, "the hub keeps who speaks nonsense")
        }
    }

    @Test("two spokes with one key: after three takeovers the incumbent stays, and a security event says so")
    func twoWithOneKey() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            #expect(await fleet.stopSpoke("one")?.code == 0)
            try FileManager.default.copyItem(atPath: fleet.path("one"), toPath: fleet.path("copy"))
            try await fleet.startSpoke("one")
            let copy = try fleet.launchSpoke("copy")
            try await until("a security event", seconds: 60) {
                try await fleet.run("events", "--kind", "peer.duplicate", "-o", "json").text.contains("security")
            }
            // One of both is sent away for minutes; the other serves.
            try await until("peace", seconds: 20) {
                try await fleet.run("exec", "one", "--wait", "2s", "--", "true").code == 0
            }
            let takeovers = {
                fleet.spokes.values.map { $0.outputSoFar.components(separatedBy: "spoke_connected").count }
            }
            let then = takeovers()
            for _ in 1...10 { #expect(try await fleet.run("exec", "one", "--wait", "5s", "--", "true").code == 0) }
            #expect(takeovers() == then)
            #expect(copy.isRunning)
        }
    }

    @Test("a resumed TLS session of a node that was removed is refused, by its key")
    func resumed() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            #expect(await fleet.stopSpoke("one")?.code == 0)
            try await fleet.makeCertificate("known", key: fleet.path("one") + "/key.pem")
            let instance = String(repeating: "ab", count: 16)
            let hello =
                #"{"version":1,"minVersion":1,"software":"x","role":"spoke","link":"control","instance":"\#(instance)","#
                + #""generation":1,"initialCredit":65536,"maxStreams":256,"features":[]}"#
            let frame = [0, 0, 0, 0, 0, 0, 0, UInt8(hello.utf8.count >> 8), UInt8(hello.utf8.count & 255)]
            let file = fleet.folder.appendingPathComponent("hello")
            try Data(frame + Array(hello.utf8)).write(to: file)
            let session = fleet.path("session.pem")
            let first = try fleet.openSSL("known", ["-sess_out", session], input: file)
            try await until("the link") { try await fleet.state(of: "one") == "connected" }
            try await until("a session") { FileManager.default.fileExists(atPath: session) }
            #expect(try await fleet.run("node", "remove", "one").code == 0)
            // Removing it ends its link at once.
            #expect(await first.wait(seconds: 20).code != -1)
            let second = await (try fleet.openSSL("known", ["-sess_in", session], input: file)).wait(seconds: 30)
            #expect(second.text.contains("Reused, TLSv1.3"))
            #expect(second.text.contains("is not known to this hub"))
            #expect(try await fleet.state(of: "one") == nil)
        }
    }
}

extension Fleet {
    /// Makes `NAME.pem` and, where no key is given, `NAME.key`, by openssl.
    fileprivate func makeCertificate(_ name: String, key: String? = nil) async throws {
        let source =
            key.map { "-key '\($0)'" }
            ?? "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout '\(path(name)).key'"
        let made = await (try shell("openssl req -x509 -days 2 -subj /CN=x \(source) -out '\(path(name)).pem'")).wait()
        #expect(made.code == 0, "\(made.err)")
        if let key { try FileManager.default.copyItem(atPath: key, toPath: path(name) + ".key") }
    }

    /// openssl as a client of the hub's link port, with a certificate that was made before.
    fileprivate func openSSL(_ name: String, _ arguments: [String], input: URL) throws -> Program {
        try Program(
            "/usr/bin/openssl",
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-ign_eof", "-alpn", "capstan-link/1", "-cert",
                path(name) + ".pem", "-key", path(name) + ".key",
            ] + arguments, environment: environment, folder: folder, input: input)
    }
}
