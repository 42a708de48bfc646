import Testing

@testable import Tunnels

@Suite("Endpoints of tunnels")
struct TunnelEndpointTests {
    @Test(
        "are read and written in one form",
        arguments: [
            ("tcp://127.0.0.1:5432", "tcp://127.0.0.1:5432"), ("tcp://8080", "tcp://127.0.0.1:8080"),
            ("tcp://DB.internal:1", "tcp://db.internal:1"), ("tcp://[::1]:22", "tcp://[::1]:22"),
        ])
    func read(_ text: String, _ form: String) throws { #expect(try TunnelEndpoint(parsing: text).description == form) }

    @Test(
        "are refused with what is wrong",
        arguments: [
            ("127.0.0.1:80", "has no scheme"), ("http://a:80", "http tunnels are not there yet"),
            ("tcp://", "is not tcp://HOST:PORT"), ("tcp://a", "is not tcp://HOST:PORT"),
            ("tcp://a:0", "is not tcp://HOST:PORT"), ("tcp://a:70000", "is not tcp://HOST:PORT"),
            ("tcp://a:1/x", "is not tcp://HOST:PORT"), ("tcp://a/b:1", "is not tcp://HOST:PORT"),
            ("tcp://a b:1", "is not tcp://HOST:PORT"), ("tcp://0", "is not tcp://HOST:PORT"),
        ])
    func refused(_ text: String, _ words: String) {
        #expect { try TunnelEndpoint(parsing: text) } throws: { "\($0)".contains(words) }
    }
}
