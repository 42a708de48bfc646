/// Percent-encoding (RFC 3986, section 2).
package enum Percent {
    /// The text with each `%xx` as the byte it stands for; bytes that are no UTF-8 then become U+FFFD.
    static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let high = rest.first.flatMap(nibble),
                let low = rest.dropFirst().first.flatMap(nibble)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What of a text stays as it is.
    package enum Allowed: Sendable {
        /// Letters, digits and `-._~`.
        case unreserved
        /// Those, and the reserved characters of section 2.2, and what is percent-encoded already.
        case reserved
        /// Those of a path's segment: `unreserved`, `sub-delims`, `:` and `@`.
        case segment
    }

    /// The text as UTF-8, with every byte as `%XX` that is not allowed.
    package static func encoded(_ text: some StringProtocol, allowing allowed: Allowed = .unreserved) -> String {
        let bytes = Array(text.utf8)
        guard !bytes.allSatisfy({ stays($0, allowed) }) else { return String(text) }
        var out: [UInt8] = []
        for (place, byte) in bytes.enumerated() {
            let isTriple =
                byte == UInt8(ascii: "%") && allowed != .unreserved && place + 2 < bytes.count
                && nibble(bytes[place + 1]) != nil && nibble(bytes[place + 2]) != nil
            if stays(byte, allowed) || isTriple {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func stays(_ byte: UInt8, _ allowed: Allowed) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case _ where "-._~".utf8.contains(byte): true
        case _ where allowed == .reserved: ":/?#[]@!$&'()*+,;=".utf8.contains(byte)
        case _ where allowed == .segment: "!$&'()*+,;=:@".utf8.contains(byte)
        default: false
        }
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x41 + nibble - 10 }
}
