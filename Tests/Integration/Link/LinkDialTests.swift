import CallProtocol
import Link
import NIOCore
import NIOPosix
import TestKit
import Testing

@Suite("Dialling over TLS on loopback", .timeLimit(.minutes(2)))
struct LinkDialTests {
    @Test("with the right pin both ends are ready and know each other by their keys")
    func rightPin() async throws {
        try await LoopbackHub.with { hub in
            let key = PeerKey()
            let link = try await hub.dialler(key: key).dial([hub.address], hello: LoopbackHub.spokeHello) { _, _ in }
            try await link.isAccepted.get()
            #expect(link.peer.fingerprint == hub.key.fingerprint)
            #expect(link.peer.spki == hub.key.spki)
            let near = try #require(hub.links.all.first)
            #expect(near.peer.fingerprint == key.fingerprint)
            #expect(near.peer.address == "127.0.0.1")
            #expect(near.hello.role == .spoke)
            // The first PONG may come after whatever else showed that the link is accepted.
            try await eventually { try await link.roundTrip().get() != nil }
            link.abort()
            try await eventually { hub.ends.count == 1 }
        }
    }

    @Test("with a wrong pin nothing of ours is said, and the error names the key that was found")
    func wrongPin() async throws {
        try await LoopbackHub.with { hub in
            let dialler = hub.dialler(pins: [PeerKey().fingerprint])
            await #expect(throws: DialError.wrongHubKey(found: hub.key.fingerprint, address: "\(hub.address)")) {
                try await dialler.dial([hub.address], hello: LoopbackHub.spokeHello) { _, _ in }
            }
            try await eventually { hub.ends.count == 1 }
            #expect(hub.judged.all.isEmpty)
            #expect(hub.links.all.isEmpty)
            guard case .farewell(let goAway)? = hub.ends.all.first else {
                Issue.record("\(hub.ends.all)")
                return
            }
            #expect(goAway.code == .unauthenticated)
        }
    }

    @Test("a rotated key is reached from the pinned one through its chain, a forged chain is refused")
    func rotated() async throws {
        let (old, middle, new) = (PeerKey(), PeerKey(), PeerKey())
        let chain = [try old.statement(for: middle), try middle.statement(for: new)]
        try await LoopbackHub.with(key: new, statements: chain) { hub in
            let link = try await hub.dialler(pins: [old.fingerprint]).dial(
                [hub.address], hello: LoopbackHub.spokeHello
            ) { _, _ in }
            try await link.isAccepted.get()
            link.abort()
        }
        var forged = try PeerKey().statement(for: new)
        forged.oldSpki = chain[0].oldSpki
        try await LoopbackHub.with(key: new, statements: [forged]) { hub in
            await #expect(throws: DialError.wrongHubKey(found: new.fingerprint, address: "\(hub.address)")) {
                try await hub.dialler(pins: [old.fingerprint]).dial(
                    [hub.address], hello: LoopbackHub.spokeHello
                ) { _, _ in }
            }
            #expect(hub.judged.all.isEmpty)
        }
    }

    @Test("addresses are tried in turn past those that refuse, and past a hub with another key")
    func inTurn() async throws {
        try await LoopbackHub.with { stranger in
            try await LoopbackHub.with { hub in
                let closed = HostPort(host: "127.0.0.1", port: try LoopbackPorts.free())
                let link = try await hub.dialler().dial(
                    [closed, stranger.address, hub.address], hello: LoopbackHub.spokeHello
                ) { _, _ in }
                try await link.isAccepted.get()
                link.abort()
            }
        }
    }

    @Test("when nothing answers the error names each address with what the system said")
    func unreachable() async throws {
        let port = try LoopbackPorts.free()
        let dialler = LinkDialler(key: PeerKey(), pins: HubPins([]), group: MultiThreadedEventLoopGroup.singleton)
        do {
            _ = try await dialler.dial([HostPort(host: "127.0.0.1", port: port)], hello: LoopbackHub.spokeHello) {
                _, _ in
            }
            Issue.record("a link out of nothing")
        } catch {
            guard case .unreachable(let tried) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(tried.count == 1)
            #expect(tried.first?.contains("127.0.0.1:\(port)") == true)
            #expect(tried.first?.hasSuffix(": Connection refused") == true)
            let told = error.callError
            #expect(told.code == .unavailable && told.message.hasPrefix("cannot reach 127.0.0.1:"))
            #expect(told.message.contains("capstan hub serve"))
        }
        await #expect(throws: DialError.unreachable(["no address is known"])) {
            try await dialler.dial([], hello: LoopbackHub.spokeHello) { _, _ in }
        }
    }

    @Test("a hub that refuses the HELLO says why")
    func refused() async throws {
        try await LoopbackHub.with { hub in
            hub.refuse(GoAway(code: .unauthenticated, reason: "this key is not known", retryAfterMilliseconds: 9))
            let link = try await hub.dialler().dial([hub.address], hello: LoopbackHub.spokeHello) { _, _ in }
            let stream = link.open(ByteBuffer(string: "early"))
            let end = try await link.end.get()
            guard case .farewell(let goAway) = end else {
                Issue.record("\(end)")
                return
            }
            #expect(
                goAway == GoAway(code: .unauthenticated, reason: "this key is not known", retryAfterMilliseconds: 9))
            await #expect(throws: StreamFailure.self) { try await stream.read() }
            await #expect(throws: (any Error).self) { try await link.isAccepted.get() }
        }
    }

    /// A dial that only ends by being cancelled: its own limits are longer than this suite's.
    private func patientDial(to port: Int) -> Task<Void, any Error> {
        Task {
            var settings = LinkSettings()
            settings.handshakeLimit = .hours(1)
            var dialler = LinkDialler(
                key: PeerKey(), pins: HubPins([]), group: MultiThreadedEventLoopGroup.singleton, settings: settings)
            dialler.connectTimeout = .hours(1)
            _ = try await dialler.dial([HostPort(host: "127.0.0.1", port: port)], hello: LoopbackHub.spokeHello) {
                _, _ in
            }
        }
    }

    @Test("a cancelled dial gives up at once, also where connections are taken and nothing is said")
    func cancelledHandshake() async throws {
        let taken = Recorder<Int>()
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in child.eventLoop.makeCompletedFuture { taken.add(1) } }
            .bind(host: "127.0.0.1", port: 0).get()
        let dial = patientDial(to: silent.localAddress?.port ?? 0)
        try await eventually { taken.count == 1 }
        dial.cancel()
        await #expect(throws: DialError.ended(.aborted)) { try await dial.value }
        try await silent.close().get()
    }

    @Test("a cancelled dial gives up at once, also where connections are not even taken")
    func cancelledConnect() async throws {
        let full = try FullPort()
        defer { full.close() }
        let dial = patientDial(to: full.port)
        try await eventually { full.isAwaited }
        dial.cancel()
        await #expect(throws: DialError.ended(.aborted)) { try await dial.value }
    }

    @Test("a server that speaks no TLS is no hub, within the time for the handshake")
    func noTLS() async throws {
        let plain = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { $0.writeAndFlush(ByteBuffer(string: "220 hello\r\n")) }
            .bind(host: "127.0.0.1", port: 0).get()
        var settings = LinkSettings()
        settings.handshakeLimit = .seconds(3)
        let dialler = LinkDialler(
            key: PeerKey(), pins: HubPins([]), group: MultiThreadedEventLoopGroup.singleton, settings: settings)
        await #expect(throws: DialError.self) {
            try await dialler.dial(
                [HostPort(host: "127.0.0.1", port: plain.localAddress?.port ?? 0)], hello: LoopbackHub.spokeHello
            ) { _, _ in }
        }
        try await plain.close().get()
    }

    @Test("silent connections are bounded; those beyond wait outside, and get in when there is room")
    func gate() async throws {
        var settings = LinkSettings()
        settings.handshakeLimit = .minutes(2)
        let gate = HandshakeGate(concurrent: 2, unauthenticated: 16, share: 1)
        try await LoopbackHub.with(gate: gate, settings: settings) { hub in
            let target = try SocketAddress(ipAddress: "127.0.0.1", port: hub.address.port)
            var silent: [any Channel] = []
            for _ in 0..<24 {
                silent.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: target).get())
            }
            // So many are accepted at a time that the last ones would not find a place.
            try await eventually { gate.places > 12 }
            let patient = settings
            async let late: Void = hub.withLink(settings: patient) { _ in }
            #expect(gate.refused == 0 && gate.places <= 16 && silent.count(where: \.isActive) == 24)
            for channel in silent { try? await channel.close().get() }
            try await late
            // Far more rounds than there are turns: none may have got lost.
            for _ in 0..<20 { try await hub.withLink { _ in } }
            #expect(gate.refused == 0)
            // Nothing was made for those that said nothing.
            try await eventually { hub.ends.count == 21 && gate.places == 0 }
        }
    }

    @Test("connections that say nothing hold up nobody who does")
    func silence() async throws {
        var settings = LinkSettings()
        settings.handshakeLimit = .minutes(2)
        let gate = HandshakeGate(concurrent: 2, unauthenticated: 20)
        try await LoopbackHub.with(gate: gate, settings: settings) { hub in
            let target = try SocketAddress(ipAddress: "127.0.0.1", port: hub.address.port)
            var silent: [any Channel] = []
            for _ in 0..<8 {
                silent.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: target).get())
            }
            try await eventually { gate.places == 8 }
            for _ in 0..<5 { try await hub.withLink { _ in } }
            try await eventually { gate.places == 8 }
            for channel in silent { try await channel.close().get() }
            try await eventually { gate.places == 0 }
        }
    }

    @Test("links that enrol count as strangers until they end, which is soon")
    func enrolling() async throws {
        var settings = LinkSettings()
        // Long enough for four dials and a refusal on a busy machine.
        settings.enrolmentLimit = .seconds(8)
        let gate = HandshakeGate(concurrent: 1, unauthenticated: 4, share: 1)
        try await LoopbackHub.with(gate: gate, settings: settings) { hub in
            let hello = Hello(software: "loopback", role: .enrol, instance: Hex.random(16))
            var links: [Link] = []
            for _ in 0..<4 {
                let link = try await hub.dialler().dial([hub.address], hello: hello) { _, _ in }
                try await link.isAccepted.get()
                links.append(link)
            }
            #expect(gate.places == 4)
            var hasty = LinkSettings()
            hasty.handshakeLimit = .seconds(1)
            await #expect(throws: (any Error).self) {
                try await hub.dialler(settings: hasty).dial([hub.address], hello: hello) { _, _ in }
            }
            for link in links {
                guard case .farewell(let goAway) = try await link.end.get() else {
                    Issue.record("the hub said nothing")
                    continue
                }
                #expect(goAway.code == .timeout)
            }
            try await eventually { gate.places == 0 }
            try await hub.withLink { _ in }
        }
    }
}
