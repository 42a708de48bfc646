import NIOCore
import TestKit
import Testing

@testable import capstan

@Suite("Input that may have to be sent again")
struct SentInputTests {
    @Test("is what lies behind what the session has", arguments: 0..<20 as Range<UInt64>)
    func rest(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var input = SentInput(from: 1000)
        var all: [UInt8] = []
        var acknowledged = 0
        for _ in 0..<300 {
            let bytes = (0..<Int.random(in: 0...2_000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            input.add(ByteBuffer(bytes: bytes))
            all += bytes
            if Bool.random(using: &random) {
                acknowledged = Int.random(in: acknowledged...all.count, using: &random)
                input.acknowledge(1000 + Int64(acknowledged))
            }
            let place = Int.random(in: acknowledged...all.count, using: &random)
            #expect(Array(input.rest(from: 1000 + Int64(place)).readableBytesView) == Array(all[place...]))
        }
        #expect(input.base == 1000 + Int64(acknowledged) && input.end == 1000 + Int64(all.count))
    }

    @Test("is nothing for an offset that it was never sent to")
    func strange() {
        var input = SentInput(from: 10)
        input.add(ByteBuffer(string: "abc"))
        #expect(input.rest(from: 9).readableBytes == 0 && input.rest(from: 14).readableBytes == 0)
        input.acknowledge(99)
        input.acknowledge(3)
        #expect(input.base == 10 && String(buffer: input.rest(from: 10)) == "abc")
    }
}
