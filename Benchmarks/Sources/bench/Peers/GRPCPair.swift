import Harness

/// The peer at work: a server and a client in processes of their own.
final class GRPCPair {
    private let server: Child
    let client: Child

    init(_ workshop: Workshop) throws {
        let folder = try workshop.subfolder("grpc")
        let (certificate, key) = (folder + "/certificate.pem", folder + "/key.pem")
        try Spawn.timed(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-days",
                "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
            ], isQuiet: true)
        server = try Child([workshop.own, "grpc-server", certificate, key])
        client = try Child([workshop.own, "grpc-client", try server.line()])
        try client.line(with: "ready")
    }

    func stop() {
        client.stop()
        server.stop()
    }
}
