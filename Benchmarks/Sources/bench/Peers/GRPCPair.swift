import Harness

/// The peer at work: a server and a client in processes of their own.
final class GRPCPair {
    private let server: Child
    let client: Child

    /// - Parameter role: what the client does.
    init(_ workshop: Workshop, role: String = "grpc-client") throws {
        let (certificate, key) = try workshop.selfSigned("grpc")
        server = try Child([workshop.own, "grpc-server", certificate, key])
        client = try Child([workshop.own, role, try server.line()])
        try client.line(with: "ready")
    }

    func stop() {
        client.stop()
        server.stop()
    }
}
