import CallProtocol
import NIOCore
import Operations
import Testing

@testable import capstan

@Suite("exec")
struct ExecTests {
    @Test(
        "The exit code is the program's, 128+s for a signal",
        arguments: [
            (SessionExit(code: 0), 0), (SessionExit(code: 7), 7), (SessionExit(code: 255), 255),
            (SessionExit(code: -9, signal: "KILL"), 137), (SessionExit(code: -1, signal: "HUP"), 129),
            (SessionExit(code: -1, error: "the node cannot tell"), 1), (SessionExit(code: 127, error: "none"), 127),
            (SessionExit(code: -100_000, signal: "X"), 255), (SessionExit(code: .min, signal: "X"), 255),
        ] as [(SessionExit, Int32)])
    func exitCodes(exit: SessionExit, code: Int32) {
        #expect(exit.processCode == code)
    }

    @Test("A program that was not started is said so, one that was is not")
    func complaints() {
        #expect(SessionExit(code: 127).complaint(of: "nope", wasStarted: false)?.contains("nope") == true)
        #expect(SessionExit(code: 127).complaint(of: "sh", wasStarted: true) == nil)
        #expect(SessionExit(code: 126, error: "denied").complaint(of: "x", wasStarted: false) == "denied")
    }

    @Test(
        "Control objects are read, others ignored",
        arguments: [
            (#"{"type":"ack","stdin":65536}"#, SessionControl.ack(65_536)),
            (#"{"type":"exit","code":3}"#, .exit(SessionExit(code: 3))),
            (
                #"{"type":"exit","code":-15,"signal":"TERM","outputOpen":true}"#,
                .exit(SessionExit(code: -15, signal: "TERM"))
            ),
            (#"{"type":"gap","from":1,"to":2}"#, .gap(to: 2)), (#"{"type":"gap"}"#, .other),
            (#"{"type":"replaced"}"#, .replaced), (#"{"type":"later"}"#, .other), ("{}", .other), ("nonsense", .other),
            ("[]", .other),
            (#"{"type":"ack","stdin":"many"}"#, .other),
        ] as [(String, SessionControl)])
    func control(text: String, control: SessionControl) {
        #expect(SessionControl(ByteBuffer(string: text)) == control)
    }

    @Test("Lines of a node stand behind its name, whatever portions they come in")
    func prefixes() {
        for cut in 0...12 {
            let bytes = Array("one\ntwo\nthree".utf8)
            var prefixer = LinePrefixer(prefix: "n | ")
            var output = prefixer.lines(ByteBuffer(bytes: bytes[..<cut]))
            output.writeImmutableBuffer(prefixer.lines(ByteBuffer(bytes: bytes[cut...])))
            output.writeImmutableBuffer(prefixer.rest())
            #expect(String(buffer: output) == "n | one\nn | two\nn | three\n")
        }
    }

    @Test("A line without end is shown in parts and not kept for ever")
    func longLine() {
        var prefixer = LinePrefixer(prefix: "n | ")
        let shown = prefixer.lines(ByteBuffer(repeating: 65, count: 100_000))
        #expect(shown.readableBytes == 100_005)
        #expect(prefixer.rest().readableBytes == 0)
    }

    @Test("The worst code counts; no answer at all is 69")
    func worst() {
        let good = ExecOnMany.Outcome(node: "a", exit: SessionExit(code: 0))
        let bad = ExecOnMany.Outcome(node: "b", exit: SessionExit(code: 3))
        let away = ExecOnMany.Outcome(node: "c", error: CallError(.unavailable, "away"))
        #expect(ExecOnMany.code(of: [good]) == 0)
        #expect(ExecOnMany.code(of: [good, bad]) == 3)
        #expect(ExecOnMany.code(of: [good, bad, away]) == 69)
        #expect(ExecOnMany.code(of: [away]) == 69)
    }

    @Test("Variables are pairs; what is none is named")
    func environment() throws {
        #expect(try EnvironmentArgument.parse(["A=1", "B=x=y", "C=", "A=2"]) == ["A": "2", "B": "x=y", "C": ""])
        #expect(throws: Failure.self) { try EnvironmentArgument.parse(["A"]) }
        #expect(throws: Failure.self) { try EnvironmentArgument.parse(["=x"]) }
    }
}
