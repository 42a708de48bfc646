import CallProtocol
import NIOCore
package import Operations
import Synchronization
import Tunnels

/// Connections from this machine for callers.
package struct TunnelService: Sendable {
    private let dialler = ConnectionDialler()
    /// Nil where this machine serves no containers.
    private let containers: ContainerAddresses?
    private let open = OpenCount()

    /// How many connections there are.
    private final class OpenCount: Sendable {
        let value = Atomic(0)
    }

    /// For a machine that serves no containers.
    package init() { containers = nil }

    init(_ containers: ContainerService) { self.containers = ContainerAddresses(containers) }

    /// How many connections are open.
    var openCount: Int { open.value.load(ordering: .relaxed) }

    package var entries: [OperationEntry] {
        [
            TunnelOperations.dial.sessioned { input, _, stream in try await dial(input, stream) },
            TunnelOperations.probe.handled { input, _ in try await probe(input) },
        ]
    }

    /// Connects, and passes bytes until both directions have ended.
    func dial(_ input: TunnelDialInput, _ stream: SessionStream) async throws {
        let connection = try await connect(input, on: stream.eventLoop)
        do {
            try stream.accept(TunnelDialOutput(address: ConnectionDialler.address(of: connection)))
        } catch {
            connection.close(promise: nil)
            throw error
        }
        open.value.wrappingAdd(1, ordering: .relaxed)
        defer { open.value.wrappingSubtract(1, ordering: .relaxed) }
        let end = try await ConnectionRelay.run(connection, stream)
        if let failure = end.failure { throw failure }
    }

    private func connect(_ input: TunnelDialInput, on loop: (any EventLoop)?) async throws(CallError) -> any Channel {
        guard let container = TunnelEndpoint.container(of: input.host) else {
            return try await dialler.connect(to: input, on: loop)
        }
        guard !container.isEmpty else {
            throw CallError(.invalidInput, "\(input.host) names no container: NAME.container")
        }
        guard let containers else {
            throw CallError(
                .unavailable, "\(input.host): this machine serves no containers; give the node that runs it")
        }
        let place = try await containers.place(of: input, in: container)
        do throws(CallError) {
            return try await dialler.connect(to: place, named: input.host, on: loop)
        } catch {
            // It may have been started again meanwhile, at another address.
            let now = try await containers.place(of: input, in: container, isStale: true)
            guard now != place else { throw error }
            return try await dialler.connect(to: now, named: input.host, on: loop)
        }
    }

    func probe(_ input: TunnelDialInput) async throws -> TunnelProbeOutput {
        do throws(CallError) {
            let start = ContinuousClock.now
            let connection = try await connect(input, on: nil)
            let milliseconds = start.duration(to: .now) / .milliseconds(1)
            ConnectionRelay.close(connection)
            return TunnelProbeOutput(reachable: true, milliseconds: milliseconds)
        } catch {
            guard error.code == .unavailable else { throw error }
            return TunnelProbeOutput(reachable: false, reason: error.message)
        }
    }
}

extension ConnectionDialler {
    fileprivate func connect(
        to input: TunnelDialInput, named name: String? = nil, on loop: (any EventLoop)?
    ) async throws(CallError) -> any Channel {
        let tls = input.tls.map { ConnectionTLS(isVerified: $0 == .verified) }
        return try await connect(host: input.host, port: input.port, tls: tls, named: name, on: loop)
    }
}
