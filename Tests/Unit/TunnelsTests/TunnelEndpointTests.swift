import Testing

@testable import Tunnels

@Suite("Endpoints of tunnels")
struct TunnelEndpointTests {
    @Test(
        "are read and written in one form",
        arguments: [
            ("tcp://127.0.0.1:5432", "tcp://127.0.0.1:5432"), ("tcp://8080", "tcp://127.0.0.1:8080"),
            ("tcp://DB.internal:1", "tcp://db.internal:1"), ("tcp://[::1]:22", "tcp://[::1]:22"),
            ("127.0.0.1:80", "http://127.0.0.1:80"), ("8080", "http://127.0.0.1:8080"), ("App", "http://app:80"),
            ("tcp://DB_1.Container:5", "tcp://DB_1.container:5"), ("tcp://a.containers:5", "tcp://a.containers:5"),
            ("HTTPS://app/", "https://app:443"), ("https+insecure://[::1]", "https+insecure://[::1]:443"),
        ])
    func read(_ text: String, _ form: String) throws { #expect(try TunnelEndpoint(parsing: text).description == form) }

    @Test(
        "are refused with what is wrong",
        arguments: [
            ("udp://a:80", "there are tunnels for tcp://, http://, https://, https+insecure://"),
            ("http://a:80/path", "is not http://HOST:PORT"), ("user@a:80", "is not http://HOST:PORT"),
            ("", "is not http"),
            ("tcp://", "is not tcp://HOST:PORT"), ("tcp://a", "is not tcp://HOST:PORT"),
            ("tcp://a:0", "is not tcp://HOST:PORT"), ("tcp://a:70000", "is not tcp://HOST:PORT"),
            ("tcp://a:1/x", "is not tcp://HOST:PORT"), ("tcp://a/b:1", "is not tcp://HOST:PORT"),
            ("tcp://a b:1", "is not tcp://HOST:PORT"), ("tcp://0", "is not tcp://HOST:PORT"),
            ("tcp://.container:1", "names no container: NAME.container"),
        ])
    func refused(_ text: String, _ words: String) {
        #expect { try TunnelEndpoint(parsing: text) } throws: { "\($0)".contains(words) }
    }

    @Test("name a container by the ending of their host alone")
    func hosts() {
        for (host, name) in [
            ("db.container", "db"), ("DB.Container", "DB"), ("a.b.container", "a.b"), (".container", ""),
            ("container", nil), ("db.container.example", nil), ("db", nil),
        ] {
            #expect(TunnelEndpoint.container(of: host) == name, "\(host)")
        }
    }
}
