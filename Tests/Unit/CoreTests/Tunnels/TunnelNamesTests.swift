import CallProtocol
import NIOHTTP1
import Testing

@testable import Core

@Suite("Names of HTTP tunnels")
struct TunnelNamesTests {
    private func names(domain: String? = "tunnels.example") -> TunnelNames {
        TunnelNames(
            place: WebPlace(
                domain: domain, isSecure: true, port: nil, reserved: ["hub.example"], isListeningSecure: true),
            taken: ["app.tunnels.example"])
    }

    @Test(
        "a label lies below the domain, a name with dots stands for itself, and nothing is a name that nobody guesses")
    func found() throws {
        #expect(try names().name(asked: "Grafana") == "grafana.tunnels.example")
        #expect(try names().name(asked: "www.other.example") == "www.other.example")
        #expect(try names(domain: nil).name(asked: "www.other.example") == "www.other.example")
        let (one, two) = (try names().name(asked: nil), try names().name(asked: nil))
        #expect(one != two && one.hasSuffix(".tunnels.example") && one.utf8.count == 26)
    }

    @Test(
        "what is no name, or not to be had, is refused",
        arguments: [
            ("app", ErrorCode.conflict), ("App.Tunnels.Example", .conflict), ("hub.example", .invalidInput),
            ("tunnels.example", .invalidInput), ("a_b", .invalidInput), ("-a", .invalidInput), ("a..b", .invalidInput),
            ("192.0.2.1", .invalidInput), ("ü", .invalidInput), (String(repeating: "a", count: 64), .invalidInput),
        ])
    func refused(_ asked: String, _ code: ErrorCode) {
        #expect { try names().name(asked: asked) } throws: { ($0 as? CallError)?.code == code }
    }

    @Test("without a domain only whole names can be had")
    func noDomain() {
        for asked in [nil, "app"] {
            #expect { try names(domain: nil).name(asked: asked) } throws: {
                ($0 as? CallError)?.code == .failedPrecondition
            }
        }
    }

    @Test("an address has the port that clients need, and no other")
    func url() {
        var place = WebPlace(domain: nil, isSecure: false, port: nil, reserved: [], isListeningSecure: false)
        #expect(place.url("a.b", listening: 7480) == "http://a.b:7480")
        #expect(place.url("a.b", listening: 80) == "http://a.b")
        place.port = 443
        #expect(place.url("a.b", listening: 7480) == "http://a.b:443")
        place.isSecure = true
        #expect(place.url("a.b", listening: 7480) == "https://a.b")
    }

    @Test("a token is taken out of a request by its own header first, and only where it is the right one")
    func bearer() {
        let hash = TunnelBearer.hash("0123456789abcdef")
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        head.headers = ["Authorization": "Basic eDp5", "X-Tunnel-Authorization": "Bearer 0123456789abcdef"]
        #expect(TunnelBearer.take(from: &head, hash: hash))
        #expect(head.headers["authorization"] == ["Basic eDp5"] && head.headers["x-tunnel-authorization"].isEmpty)
        #expect(!TunnelBearer.take(from: &head, hash: hash))
        head.headers = ["authorization": "bearer 0123456789abcdef"]
        #expect(TunnelBearer.take(from: &head, hash: hash) && head.headers.isEmpty)
        head.headers = ["authorization": "Bearer 0123456789abcdeF"]
        #expect(!TunnelBearer.take(from: &head, hash: hash) && !head.headers.isEmpty)
    }
}
