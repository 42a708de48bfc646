import CallProtocol
import NIOCore
package import Operations
import Tunnels

/// Connections from this machine for callers.
package struct TunnelService: Sendable {
    private let dialler = ConnectionDialler()

    package init() {}

    package var entries: [OperationEntry] {
        [
            TunnelOperations.dial.sessioned { input, _, stream in try await dial(input, stream) },
            TunnelOperations.probe.handled { input, _ in try await probe(input) },
        ]
    }

    /// Connects, and passes bytes until both directions have ended.
    func dial(_ input: TunnelDialInput, _ stream: SessionStream) async throws {
        let connection = try await dialler.connect(
            host: input.host, port: input.port, tls: input.encryption, on: stream.eventLoop)
        do {
            try await stream.accept(TunnelDialOutput(address: ConnectionDialler.address(of: connection)))
        } catch {
            connection.close(promise: nil)
            throw error
        }
        let end = try await ConnectionRelay.run(connection, stream)
        if let failure = end.failure { throw failure }
    }

    func probe(_ input: TunnelDialInput) async throws -> TunnelProbeOutput {
        do throws(CallError) {
            let start = ContinuousClock.now
            let connection = try await dialler.connect(
                host: input.host, port: input.port, tls: input.encryption, on: nil)
            let milliseconds = start.duration(to: .now) / .milliseconds(1)
            ConnectionRelay.close(connection)
            return TunnelProbeOutput(reachable: true, milliseconds: milliseconds)
        } catch {
            guard error.code == .unavailable else { throw error }
            return TunnelProbeOutput(reachable: false, reason: error.message)
        }
    }
}

extension TunnelDialInput {
    fileprivate var encryption: ConnectionTLS? { tls.map { ConnectionTLS(isVerified: $0 == .verified) } }
}
