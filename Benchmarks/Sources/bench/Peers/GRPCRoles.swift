import GRPCCore
import GRPCNIOTransportHTTP2
import Harness

/// The peer's two processes, with the defaults of grpc-swift-nio-transport and TLS 1.3 with a P-256 key.
enum GRPCRoles {
    /// Announces the port and serves until stdin ends.
    static func serve(certificate: String, key: String) async throws {
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .ipv4(host: "127.0.0.1", port: 0),
                transportSecurity: .tls(
                    certificateChain: [.file(path: certificate, format: .pem)],
                    privateKey: .file(path: key, format: .pem))),
            services: [GRPCEcho(), GRPCStream()])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            LoadCommands.announce("\(try await server.listeningAddress?.ipv4?.port ?? 0)")
            await LoadCommands.untilTold()
            group.cancelAll()
        }
    }

    /// Serves load commands with unary calls.
    static func call(port: Int) async throws {
        try await withGRPCClient(transport: try clientTransport(port: port)) { client in
            let call: @Sendable () async throws -> Void = {
                let answer = try await client.unary(
                    request: ClientRequest(message: Payload.bytes), descriptor: GRPCEcho.method,
                    serializer: BytesCoding(), deserializer: BytesCoding(), options: .defaults
                ) { try $0.message }
                guard answer.count == Payload.bytes.count else { throw BenchFailure("the echo is not what was sent") }
            }
            try await call()
            LoadCommands.announce("ready")
            try await LoadCommands.serve(call: call)
        }
    }

    /// One connection to the peer's server.
    static func clientTransport(port: Int) throws -> HTTP2ClientTransport.Posix {
        try .http2NIOPosix(
            target: .ipv4(address: "127.0.0.1", port: port),
            transportSecurity: .tls { $0.serverCertificateVerification = .noVerification })
    }
}
