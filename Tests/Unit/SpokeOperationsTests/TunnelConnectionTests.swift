import CallProtocol
import NIOCore
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite("Connections of tunnels on a node")
struct TunnelConnectionTests {
    @Test("are told in its status while they are open")
    func counted() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let listener = try TCPSocket.listening()
                let dial = TunnelDialInput(host: "127.0.0.1", port: listener.port)
                let (_, stream) = try await spoke.client.session(TunnelOperations.dial, dial)
                let endpoint = try await blocking { try listener.accept() }
                try await eventually { try await connections(of: spoke) == 1 }
                endpoint.finish()
                #expect(try await stream.nextBytes() == nil)
                stream.finish()
                try await eventually { try await connections(of: spoke) == 0 }
            }
        }
    }

    @Test("to a container without a name are refused with words")
    func nameless() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                let dial = TunnelDialInput(host: ".container", port: 80)
                let refused = await refusal { try await spoke.client.session(TunnelOperations.dial, dial) }
                #expect(refused?.code == .invalidInput && refused?.message.contains("names no container") == true)
            }
        }
    }

    private func connections(of spoke: Spoke) async throws -> Int? {
        let statuses = try spoke.client.subscribe(HostOperations.status, HostStatusInput())
        defer { statuses.close() }
        return try await statuses.next()?.tunnelConnections
    }
}
