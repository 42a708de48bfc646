import FoundationEssentials

/// Base64 with the URL alphabet and without padding (RFC 4648, section 5).
package enum Base64URL {
    package static func encode(_ bytes: [UInt8]) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }

    /// The bytes, or nil where the text holds anything else: the other alphabet, padding, white space.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var plain = ""
        plain.reserveCapacity(text.utf8.count + 2)
        for character in text {
            switch character {
            case "-": plain.append("+")
            case "_": plain.append("/")
            case "A"..."Z", "a"..."z", "0"..."9":
                guard character.isASCII else { return nil }
                plain.append(character)
            default: return nil
            }
        }
        plain += String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        return Data(base64Encoded: plain).map(Array.init)
    }
}
