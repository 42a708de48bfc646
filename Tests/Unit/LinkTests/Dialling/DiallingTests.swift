import CallProtocol
import Testing

@testable import Link

@Suite("Dialling")
struct DiallingTests {
    @Test("waits double from 1 s to 60 s, with full jitter, and begin anew after success")
    func backoff() {
        var backoff = DialBackoff()
        let ceilings = (0..<9).map { _ in backoff.next(random: 1) }
        #expect(ceilings == [1, 2, 4, 8, 16, 32, 60, 60, 60])
        #expect(backoff.next(random: 0) == 0)
        #expect(backoff.next(retryAfter: 5, random: 0.5) == 35)
        backoff.succeeded()
        #expect(backoff.next(random: 0.5) == 0.5)
        for _ in 0..<1_000 { _ = backoff.next(random: 1) }
        #expect(backoff.next(random: 1) == 60)
    }

    @Test(
        "addresses are host and port",
        arguments: [
            ("hub:7443", "hub", 7443), ("10.0.0.1:1", "10.0.0.1", 1), ("[::1]:80", "::1", 80), ("hub", "hub", 7443),
            ("[fe80::1]", "fe80::1", 7443), ("hub:0", "hub", 0),
        ] as [(String, String, Int)])
    func addresses(text: String, host: String, port: Int) throws {
        let address = try #require(HostPort(text, defaultPort: 7443))
        #expect((address.host, address.port) == (host, port))
        #expect(HostPort("\(address)") == address)
    }

    @Test(
        "other texts are no addresses",
        arguments: ["", ":1", "a:b", "a:70000", "a:-1", "::1", "[::1", "[]:1", "a:", "[::1]x"])
    func noAddress(text: String) { #expect(HostPort(text, defaultPort: 7443) == nil) }

    @Test("a host without a port needs a default")
    func noDefault() { #expect(HostPort("hub") == nil) }

    @Test("errors of dialling say what to do in the terms of a call")
    func errors() {
        let print = Fingerprint(spki: [1])
        let cases: [(DialError, ErrorCode)] = [
            (.unreachable(["a: refused"]), .unavailable), (.wrongHubKey(found: print, address: "a"), .unauthenticated),
            (.ended(.lost("gone")), .unavailable),
            (.ended(.farewell(GoAway(code: .unauthenticated, reason: ""))), .unauthenticated),
            (.ended(.farewell(GoAway(code: .version, reason: "old"))), .failedPrecondition),
            (.badAddress("x"), .invalidInput),
        ]
        for (error, code) in cases {
            #expect(error.callError.code == code)
            #expect(!error.callError.message.isEmpty)
        }
    }
}
