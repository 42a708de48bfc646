import CallProtocol
import Testing

@testable import Core

@Suite("Ports of tunnels")
struct TunnelPortsTests {
    private let ports = TunnelPorts(range: 20_000...20_003, taken: [20_000, 20_002])

    @Test("are free ones of the range, or the one that was asked for")
    func candidates() throws {
        #expect(try ports.candidates(asked: nil) == [20_001, 20_003])
        #expect(try ports.candidates(asked: 20_003) == [20_003])
    }

    @Test("others are refused, each with its code")
    func refused() {
        #expect { try ports.candidates(asked: 80) } throws: { ($0 as? CallError)?.code == .invalidInput }
        #expect { try ports.candidates(asked: 20_000) } throws: { ($0 as? CallError)?.code == .conflict }
        #expect(ports.exhausted(asked: nil).code == .resourceExhausted)
        #expect(ports.exhausted(asked: 20_001).code == .conflict)
    }
}
