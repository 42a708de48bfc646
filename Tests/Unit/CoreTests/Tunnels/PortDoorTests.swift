import CallProtocol
import Core
import Link
import NIOPosix
import Operations
import Store
import Synchronization
import TestKit
import Testing

@Suite("The port of a tunnel", .timeLimit(.minutes(1)))
struct PortDoorTests {
    /// A hub with one port for tunnels, and an operator.
    private func bench(
        _ body: @escaping (_ port: Int, _ operator: CallClient) async throws -> Void
    ) async throws {
        let port = try LoopbackPorts.free()
        let place = TunnelPlace(
            host: "127.0.0.1", ports: port...port, publicHost: "hub.test", group: MultiThreadedEventLoopGroup.singleton)
        try await HubFixture.with(tunnels: place) { hub in
            try await hub.add(.spoke, "n1", key: PeerKey())
            try await body(port, try await hub.operator_(role: "operator", name: "ann"))
        }
    }

    private func create(_ ann: CallClient, enabled: Bool = true) async throws -> TunnelView {
        var input = TunnelCreateInput(node: "n1", endpoint: "tcp://127.0.0.1:1")
        input.enabled = enabled
        return try await ann.call(TunnelOperations.create, input)
    }

    /// Whether the port is listened on, and what else is told of that.
    private func listening(_ ann: CallClient, _ tunnel: TunnelView) async throws -> TunnelProgress.Step? {
        let progress = try ann.subscribe(TunnelOperations.progress, TunnelRef(id: tunnel.id))
        defer { progress.close() }
        return try await progress.next()?.steps.first { $0.name == .listenerBound }
    }

    @Test("is taken again right after it was given back, and nobody hears of trouble with it")
    func again() async throws {
        try await bench { port, ann in
            let made = try await create(ann)
            #expect(made.url == "tcp://hub.test:\(port)")
            for _ in 0..<50 {
                _ = try await ann.call(TunnelOperations.disable, TunnelRef(id: made.id))
                #expect(try await listening(ann, made) == .init(.listenerBound, .pending, "the tunnel is disabled"))
                _ = try await ann.call(TunnelOperations.enable, TunnelRef(id: made.id))
                var step = try await listening(ann, made)
                while step?.state != .ready {
                    #expect(step?.reason == nil)
                    step = try await listening(ann, made)
                }
                _ = try TCPSocket.connected(to: port)
            }
        }
    }

    @Test("that another program has is told as that, and taken as soon as it is free")
    func taken() async throws {
        try await bench { port, ann in
            let made = try await create(ann, enabled: false)
            let other = Mutex<TCPSocket?>(nil)
            try await eventually {
                other.withLock { $0 = try? TCPSocket.listening(port: port) }
                return other.withLock { $0 != nil }
            }
            _ = try await ann.call(TunnelOperations.enable, TunnelRef(id: made.id))
            try await eventually {
                try await listening(ann, made)?.reason?.hasPrefix("port \(port): Address already in use") == true
            }
            other.withLock { $0 = nil }
            try await eventually { try await listening(ann, made)?.state == .ready }
            _ = try TCPSocket.connected(to: port)
        }
    }
}
