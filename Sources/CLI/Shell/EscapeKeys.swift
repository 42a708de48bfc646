import NIOCore

/// Finds the keys that are meant for us among those that are typed: `~` at the begin of a line and one more.
///
/// The same as ssh's, so that fingers know them. A value.
struct EscapeKeys: Sendable {
    enum Key: Hashable, Sendable {
        /// `~.`
        case leave
        /// `~?`
        case help
        /// `~` and Ctrl-Z
        case suspend
    }

    /// What comes of typed bytes, in order.
    enum Part: Hashable, Sendable {
        case text(ByteBuffer)
        case key(Key)
    }

    private static let tilde = UInt8(ascii: "~")
    private var isAtLineStart = true
    /// Whether a tilde at the begin of a line waits for what follows.
    private var isHeld = false

    /// Takes what was typed apart.
    mutating func parts(_ typed: ByteBuffer) -> [Part] {
        // What is pasted has mostly none.
        if !isHeld, !typed.readableBytesView.contains(Self.tilde) {
            guard let last = typed.readableBytesView.last else { return [] }
            isAtLineStart = Self.endsLine(last)
            return [.text(typed)]
        }
        var parts: [Part] = []
        var text = ByteBuffer()
        func flush() {
            guard text.readableBytes > 0 else { return }
            parts.append(.text(text))
            text = ByteBuffer()
        }
        for byte in typed.readableBytesView {
            if isHeld {
                isHeld = false
                if let key = Self.key(byte) {
                    flush()
                    parts.append(.key(key))
                    isAtLineStart = true
                    continue
                }
                // Twice is once, and a tilde before anything else is one.
                if byte != Self.tilde { text.writeInteger(Self.tilde) }
            } else if byte == Self.tilde, isAtLineStart {
                isHeld = true
                continue
            }
            text.writeInteger(byte)
            isAtLineStart = Self.endsLine(byte)
        }
        flush()
        return parts
    }

    private static func endsLine(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
    }

    private static func key(_ byte: UInt8) -> Key? {
        switch byte {
        case UInt8(ascii: "."): .leave
        case UInt8(ascii: "?"): .help
        case 0x1A: .suspend
        default: nil
        }
    }

    /// As it is shown; the terminal is raw meanwhile.
    static let help = [
        "", "~.   leave, and end what runs", "~^Z  suspend capstan", "~~   a tilde", "~?   this",
        "(each at the begin of a line)", "",
    ].joined(separator: "\r\n")
}
