import CallProtocol
import Link
import NIOCore
import TestKit
import Testing

@Suite("Foreign TLS clients", .enabled(if: ForeignClient.isThere), .timeLimit(.minutes(3)))
struct ForeignPeerTests {
    /// A hub that gives up on silent clients soon.
    private func withHub(_ body: (LoopbackHub, ForeignClient) async throws -> Void) async throws {
        var settings = LinkSettings()
        settings.handshakeLimit = .milliseconds(1_500)
        try await LoopbackHub.with(settings: settings) { hub in
            try await ForeignClient.with { client in try await body(hub, client) }
        }
    }

    private static let hubHello = #""role":"hub""#

    @Test("one P-256 certificate gets the listener's HELLO, and nothing more without its own")
    func welcome() async throws {
        try await withHub { hub, client in
            try await client.make("me", ForeignClient.p256)
            let result = try await client.connect(hub.address.port, ["-cert", "me.pem", "-key", "me.key"])
            #expect(result.output.contains(Self.hubHello))
            #expect(result.output.contains("TLSv1.3"))
            #expect(hub.judged.all.isEmpty)
            #expect(hub.ends.all == [.lost("no HELLO within 1.5 s")])
        }
    }

    @Test("a client without a certificate is refused in the handshake")
    func noCertificate() async throws {
        try await withHub { hub, client in
            let result = try await client.connect(hub.address.port, [])
            #expect(!result.output.contains(Self.hubHello))
            try await eventually { hub.ends.count == 1 }
            #expect(hub.judged.all.isEmpty)
        }
    }

    @Test("a certificate with an RSA or a P-384 key is refused", arguments: [ForeignClient.rsa, ForeignClient.p384])
    func otherKeys(algorithm: [String]) async throws {
        try await withHub { hub, client in
            try await client.make("me", algorithm)
            let result = try await client.connect(hub.address.port, ["-cert", "me.pem", "-key", "me.key"])
            #expect(!result.output.contains(Self.hubHello))
            try await eventually { hub.ends.count == 1 }
        }
    }

    @Test("two certificates are refused")
    func twoCertificates() async throws {
        try await withHub { hub, client in
            try await client.make("me", ForeignClient.p256)
            try await client.make("other", ForeignClient.p256)
            let result = try await client.connect(
                hub.address.port, ["-cert", "me.pem", "-key", "me.key", "-cert_chain", "other.pem"])
            #expect(!result.output.contains(Self.hubHello))
            try await eventually { hub.ends.count == 1 }
        }
    }

    @Test("a certificate that another key has signed is refused")
    func signedByAnother() async throws {
        try await withHub { hub, client in
            try await client.make("ca", ForeignClient.p256)
            try await client.make("me", ForeignClient.p256, signedBy: "ca")
            let result = try await client.connect(hub.address.port, ["-cert", "me.pem", "-key", "me.key"])
            #expect(!result.output.contains(Self.hubHello))
            try await eventually { hub.ends.count == 1 }
        }
    }

    @Test("TLS 1.2 is refused")
    func oldTLS() async throws {
        try await withHub { hub, client in
            try await client.make("me", ForeignClient.p256)
            let result = try await client.connect(hub.address.port, ["-cert", "me.pem", "-key", "me.key", "-tls1_2"])
            #expect(!result.output.contains(Self.hubHello))
            try await eventually { hub.ends.count == 1 }
        }
    }

    @Test(
        "another application protocol, or none, is refused",
        arguments: [["-alpn", "h2"], ["-alpn", "capstan-link/2,http/1.1"]])
    func otherProtocol(alpn: [String]) async throws {
        try await withHub { hub, client in
            try await client.make("me", ForeignClient.p256)
            let result = try await client.connect(hub.address.port, ["-cert", "me.pem", "-key", "me.key"] + alpn)
            #expect(!result.output.contains(Self.hubHello))
            try await eventually { hub.ends.count == 1 }
        }
    }

    @Test("a resumed session of a peer that was removed is refused at HELLO, by its key")
    func resumed() async throws {
        try await withHub { hub, client in
            try await client.make("me", ForeignClient.p256)
            var hello = ByteBuffer()
            hello.writeFrame(.hello(try JSONCoding.encode(LoopbackHub.spokeHello).buffer))
            let said = Array(hello.readableBytesView)
            let arguments = ["-cert", "me.pem", "-key", "me.key"]
            // The first time the peer is known; the session it gets is kept.
            let first = Task {
                try await client.connect(hub.address.port, arguments + ["-sess_out", "session.pem"], input: said)
            }
            try await eventually { hub.links.count == 1 }
            hub.links.all.first?.dismiss(GoAway(code: .shutdown, reason: "for now"))
            #expect(try await first.value.output.contains("New, TLSv1.3"))

            hub.refuse(GoAway(code: .unauthenticated, reason: "this peer was removed"))
            let second = try await client.connect(
                hub.address.port, arguments + ["-sess_in", "session.pem"], input: said)
            #expect(second.output.contains("Reused, TLSv1.3"))
            #expect(second.output.contains("this peer was removed"))
            #expect(hub.links.count == 1)
            #expect(hub.judged.count == 2)
            #expect(Set(hub.judged.all.map(\.fingerprint)).count == 1)
        }
    }
}
