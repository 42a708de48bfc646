import NIOCore
import Testing

@testable import capstan

@Suite("Keys for ourselves")
struct EscapeKeysTests {
    /// What comes of typed portions, keys in angle brackets.
    private func typed(_ portions: String...) -> String {
        var keys = EscapeKeys()
        return portions.map { portion in
            keys.parts(ByteBuffer(string: portion)).map { part in
                switch part {
                case .text(let bytes): String(buffer: bytes)
                case .key(let key): "<\(key)>"
                }
            }.joined()
        }.joined(separator: "|")
    }

    @Test("stand at the begin of a line, wherever the reads cut")
    func lineStart() {
        #expect(typed("~.") == "<leave>")
        #expect(typed("ls\r~?") == "ls\r<help>")
        #expect(typed("~", ".") == "|<leave>")
        #expect(typed("a\r", "~", "\u{1A}", "b") == "a\r||<suspend>|b")
        #expect(typed("~?~.") == "<help><leave>")
        #expect(typed("one\n~.two") == "one\n<leave>two")
    }

    @Test("are nothing within a line, and a tilde is one before anything else")
    func text() {
        #expect(typed("cd ~.") == "cd ~.")
        #expect(typed("~/bin\r") == "~/bin\r")
        #expect(typed("~~.\r") == "~.\r")
        #expect(typed("~", "~", ".") == "|~|.")
        #expect(typed("~x", "~.") == "~x|~.")
    }
}

@Suite("What was typed and is not sent")
struct KeyboardTests {
    @Test("comes in order and in portions, of which the rest can be dropped")
    func order() async {
        let keyboard = Keyboard()
        #expect(keyboard.add(ByteBuffer(string: "a")) && keyboard.add(ByteBuffer(string: "b")))
        #expect(await keyboard.take().map { String(buffer: $0) } == "ab")
        async let next = keyboard.take()
        #expect(keyboard.add(ByteBuffer(string: "c")))
        #expect(await next.map { String(buffer: $0) } == "c")
        #expect(keyboard.add(ByteBuffer(repeating: 120, count: 200_000)))
        let portion = await keyboard.take()?.readableBytes ?? 0
        #expect(portion > 0 && portion < 200_000)
        keyboard.drop()
        #expect(keyboard.add(ByteBuffer(string: "d")))
        #expect(await keyboard.take().map { String(buffer: $0) } == "d")
        keyboard.close()
        #expect(await keyboard.take() == nil)
    }

    @Test("is dropped as a whole, refused past its bound, and ends with who takes it")
    func bounds() async {
        let keyboard = Keyboard()
        let much = ByteBuffer(repeating: 120, count: Keyboard.most)
        #expect(keyboard.add(much) && !keyboard.add(ByteBuffer(string: "x")))
        keyboard.drop()
        #expect(keyboard.add(ByteBuffer(string: "y")))
        #expect(await keyboard.take().map { String(buffer: $0) } == "y")
        let waiting = Task { await keyboard.take() }
        waiting.cancel()
        #expect(await waiting.value == nil)
    }
}
