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
        ])
    func refused(_ text: String, _ words: String) {
        #expect { try TunnelEndpoint(parsing: text) } throws: { "\($0)".contains(words) }
    }
}
