/// What may stand in a header (RFC 9110, section 5).
package enum HeaderText {
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    /// No control characters, so that no value can begin another header, and no white space at its ends.
    package static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            && text.utf8.first.map { $0 != 0x20 && $0 != 0x09 } ?? true
            && text.utf8.last.map { $0 != 0x20 && $0 != 0x09 } ?? true
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
