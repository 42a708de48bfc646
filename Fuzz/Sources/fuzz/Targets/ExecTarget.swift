import CallProtocol
import NIOCore

@testable import Core
@testable import capstan

/// What a node says to a caller of `exec`, and what the hub sees of any answer as it passes.
enum ExecTarget {
    static let target = FuzzTarget(
        name: "exec", largest: 20_000,
        words: Seeds.jsonWords + [
            "\"type\":", "\"ack\"", "\"exit\"", "\"stdin\":", "\"code\":", "\"signal\":", "\"error\":", "call.error",
            "\"payload\":", "\"id\":", "\"retryable\":",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        switch SessionControl(ByteBuffer(bytes: bytes)) {
        case .exit(let exit):
            must(0...255 ~= exit.processCode, "\(exit) makes an exit code, not \(exit.processCode)")
            _ = exit.complaint(of: "program", wasStarted: false)
        case .ack, .gap, .replaced, .other: break
        }
        let ways = Portions.ways(bytes)
        let first = answer(ways[0])
        for way in ways.dropFirst() {
            must(answer(way) == first, "portions change nothing of \(String(describing: first))")
        }
    }

    private static func answer(_ portions: [ByteBuffer]) -> RoutedAnswer? {
        var peek = AnswerPeek()
        for portion in portions { peek.look(at: portion) }
        must(!(peek.answer?.word.isEmpty ?? false), "an answer has a word")
        return peek.answer
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let error = CallError(.notFound, "no such thing")
        return Seeds.texts([
            "{\"type\":\"ack\",\"stdin\":65536}", "{\"type\":\"exit\",\"code\":0}",
            "{\"type\":\"exit\",\"code\":-9,\"signal\":\"KILL\"}", "{\"type\":\"exit\",\"code\":-1,\"error\":\"gone\"}",
            "{\"type\":\"exit\",\"code\":9223372036854775807}", "{\"type\":\"exit\",\"code\":-9223372036854775807}",
        ]) + [
            Seeds.bytes { $0.writeEnvelope(.responded, id: "1") { $0.raw(.emptyObject) } },
            Seeds.bytes { $0.writeEnvelope(.aborted(id: "1")) },
            Seeds.bytes { $0.writeEnvelope(Envelope(.error, id: "1", payload: try JSONCoding.encode(error))) },
        ]
    }
}
