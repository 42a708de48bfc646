import FoundationEssentials
import Glibc

/// One hop of TLS by haproxy: a plain port that goes over TLS 1.3 to a second one, which goes on to the endpoint. A connection of TLS
/// for each, as it does without multiplexing.
final class PrivateHAProxy {
    let port: Int
    private let server: Child

    /// - Throws: ``BenchFailure`` where haproxy is not installed or does not start.
    init(_ workshop: Workshop, name: String, to endpoint: Int) throws {
        let folder = try workshop.subfolder(name)
        let program = "/usr/sbin/haproxy"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw BenchFailure("a peer of tunnel is missing: apt-get install haproxy")
        }
        port = try Workshop.freePort()
        let between = try Workshop.freePort()
        let (certificate, key) = try workshop.selfSigned(name + "/tls")
        let both =
            try String(contentsOfFile: certificate, encoding: .utf8) + String(contentsOfFile: key, encoding: .utf8)
        try Data(both.utf8).write(to: URL(filePath: folder + "/both.pem"))
        let text = """
            global
                maxconn 2000
            defaults
                mode tcp
                timeout connect 5s
                timeout client 1h
                timeout server 1h
            listen plain
                bind 127.0.0.1:\(port)
                server far 127.0.0.1:\(between) ssl verify none
            listen tls
                bind 127.0.0.1:\(between) ssl crt \(folder)/both.pem ssl-min-ver TLSv1.3
                server endpoint 127.0.0.1:\(endpoint)

            """
        try Data(text.utf8).write(to: URL(filePath: folder + "/haproxy.cfg"))
        server = try Child([program, "-db", "-f", folder + "/haproxy.cfg"])
        try Loopback.await(port)
    }

    func stop() { server.stop() }
}
