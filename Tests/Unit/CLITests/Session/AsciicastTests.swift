import CallProtocol
import Foundation
import NIOCore
import Operations
import Testing

@testable import capstan

@Suite("A session as an asciicast")
struct AsciicastTests {
    private var view: TTYSessionView {
        var view = TTYSessionView(
            session: "01J", state: .exited, cmd: ["sh", "-c", "a \"b\""], backend: "local",
            startedAt: "2026-01-02T03:04:05.678Z")
        (view.cols, view.rows) = (100, 30)
        return view
    }

    private func piece(_ bytes: [UInt8], _ timeUs: Int64 = 0, _ kind: TTYPiece.Kind = .stdout) -> TTYPiece {
        TTYPiece(offset: 0, kind: kind, timeUs: timeUs, data: Data(bytes).base64EncodedString())
    }

    /// The texts of the output events.
    private func texts(_ portions: [[UInt8]]) throws -> String {
        var cast = Asciicast(view)
        var lines = portions.flatMap { cast.lines(piece($0)) }
        lines += cast.lines(TTYPiece(offset: 0, kind: .end, timeUs: 0))
        return try lines.map {
            try RawJSON(validating: ByteBuffer(string: $0)).value().arrayValue?[2].stringValue ?? "?"
        }
        .joined()
    }

    @Test("has a header with its size and time, and an event a line")
    func form() throws {
        var cast = Asciicast(view)
        let header = try RawJSON(validating: ByteBuffer(string: cast.header)).value()
        #expect(header["version"] == 2 && header["width"] == 100 && header["height"] == 30)
        #expect(header["timestamp"] == 1_767_323_045 && header["command"] == "sh -c a \"b\"")
        #expect(
            cast.lines(piece(Array("a\"\u{1B}[0m\r\n".utf8), 1_500_000)) == [#"[1.5,"o","a\"\u001b[0m\r\n"]"# + "\n"])
        var resize = TTYPiece(offset: 0, kind: .resize, timeUs: 2_000_000)
        (resize.cols, resize.rows) = (120, 40)
        #expect(cast.lines(resize) == [#"[2,"r","120x40"]"# + "\n"])
        #expect(cast.lines(TTYPiece(offset: 0, kind: .gap, timeUs: 0)).count == 1)
    }

    @Test("never splits a character, wherever the reads did")
    func characters() throws {
        let text = "a é € 😀 \u{10FFFF} z"
        let bytes = Array(text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let portions = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
                #expect(try texts(portions) == text)
            }
        }
    }

    @Test("has U+FFFD for what is no UTF-8, and holds nothing back for ever")
    func invalid() throws {
        #expect(try texts([[0xFF, 0x41], [0x80, 0x42]]) == "\u{FFFD}A\u{FFFD}B")
        #expect(try texts([[0x41, 0xE2, 0x82]]) == "A\u{FFFD}")
        #expect(try texts([[0xE2], [0x41]]) == "\u{FFFD}A")
        var cast = Asciicast(view)
        #expect(cast.lines(piece([0xE2])).isEmpty)
        #expect(cast.lines(piece([0x82])).isEmpty)
        #expect(cast.lines(piece([0xAC])).count == 1)
    }
}
