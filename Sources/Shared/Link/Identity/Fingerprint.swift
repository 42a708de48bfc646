import Crypto

/// A key by its short name: `sha256:` and the hex of SHA-256 over its DER SubjectPublicKeyInfo.
package struct Fingerprint: Hashable, Sendable, Codable {
    package let text: String

    package init(spki: some Sequence<UInt8>) {
        let digest = SHA256.hash(data: Array(spki))
        text = "sha256:" + Hex.encode(digest)
    }

    /// Reads `sha256:` and 64 hex digits; nil for anything else.
    package init?(text: String) {
        let hex = text.dropFirst(7)
        guard text.hasPrefix("sha256:"), hex.utf8.count == 64, hex.utf8.allSatisfy(Hex.isLowercaseDigit) else {
            return nil
        }
        self.text = text
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Fingerprint(text: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a sha256: fingerprint")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension Fingerprint: CustomStringConvertible {
    package var description: String { text }
}

/// Lower-case hexadecimal.
package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    package static func isLowercaseDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }

    /// `count` random bytes of the system's generator in hex.
    package static func random(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return encode((0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) })
    }
}
