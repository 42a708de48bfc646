import CallProtocol
import NIOCore
import Operations
import Testing

@testable import capstan

@Suite("Workloads as JSON")
struct WorkloadJSONTests {
    @Test("A piece of a log has a time of RFC 3339, and names how its bytes are written")
    func pieces() {
        let piece = LogPiece(offset: 7, kind: .stderr, timeUs: 1_500_000, data: "")
        let text = LogPrinter.shown(piece, ByteBuffer(string: "grün\n"))
        #expect(
            text == [
                "offset": 7, "kind": "stderr", "time": "1970-01-01T00:00:01.500Z", "text": "grün\n",
            ])
        let bytes = LogPrinter.shown(piece, ByteBuffer(bytes: [0xFF, 0x00]))
        #expect(bytes["base64"] == "/wA=" && bytes["text"] == nil)
        let end = LogPrinter.shown(LogPiece(offset: 9, kind: .end, timeUs: 0, data: ""), ByteBuffer())
        #expect(end["text"] == nil && end["base64"] == nil)
    }

    @Test("A list leaves out the attempts that it does not carry; a workload alone has them")
    func attempts() throws {
        let attempt = WorkloadSpecSample.attempt(1, state: "running")
        let view = WorkloadSpecSample.view(state: "running", attempts: [attempt])
        #expect(try view.listed()["attempts"] == nil)
        #expect(try view.shown()["attempts"] != nil)
        #expect(try view.listed()["exitCode"] == .null)
    }
}
