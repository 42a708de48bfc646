import CallProtocol
import NIOCore
import Operations
import Testing

@Suite("Pieces of a log, as a node sends them")
struct LogPieceTests {
    private func decode(_ offset: Int64) throws -> LogPiece {
        let json = #"{"offset":\#(offset),"kind":"stdout","timeUs":1,"data":"aGk="}"#
        return try JSONCoding.decode(LogPiece.self, from: ByteBuffer(string: json))
    }

    @Test("An offset that no log can have is refused, for readers count on from it", arguments: [-1, .min, .max])
    func impossible(offset: Int64) {
        #expect(throws: DecodingError.self) { try decode(offset) }
    }

    @Test("Every other offset is read", arguments: [0, 1 << 40, LogPiece.largestOffset])
    func possible(offset: Int64) throws {
        #expect(try decode(offset) == LogPiece(offset: offset, kind: .stdout, timeUs: 1, data: "aGk="))
    }
}
