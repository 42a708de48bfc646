/// A YAML text whose aliases stand as words of their own, so that reading it writes none of them out.
///
/// A reader that puts the anchored node in the place of its alias shares it, but whoever then looks at every node (to
/// compare keys, say) does as much work as if all were written out: a text of a kilobyte can stand for 10^9 values. Each
/// `*name` becomes a plain word that the text does not have; where it was not an alias but part of a text, it is put back.
struct YAMLAliases {
    /// The text to read.
    let text: String
    /// What the words begin with; nil where the text has no alias.
    private let prefix: String?

    init(in text: String) {
        let bytes = Array(text.utf8)
        let anchors = Self.names(after: UInt8(ascii: "&"), in: bytes)
        let uses = anchors.isEmpty ? [] : Self.names(after: UInt8(ascii: "*"), in: bytes)
        let known = Set(anchors.map { $0.name })
        let aliases = uses.filter { known.contains($0.name) }
        guard !aliases.isEmpty else {
            (self.text, prefix) = (text, nil)
            return
        }
        let prefix = Self.unused(in: text)
        var replaced: [UInt8] = []
        replaced.reserveCapacity(bytes.count + aliases.count * prefix.utf8.count)
        var done = 0
        for alias in aliases {
            replaced += bytes[done..<alias.start]
            replaced += Array(prefix.utf8)
            done = alias.start + 1
        }
        replaced += bytes[done...]
        (self.text, self.prefix) = (String(decoding: replaced, as: UTF8.self), prefix)
    }

    /// The anchor that a whole scalar stands for, if it is an alias.
    func name(of scalar: String) -> String? {
        guard let prefix, scalar.hasPrefix(prefix) else { return nil }
        let name = scalar.dropFirst(prefix.count)
        return name.utf8.allSatisfy(Self.isNameByte) && !name.isEmpty ? String(name) : nil
    }

    /// A text as it was written.
    func restored(_ scalar: String) -> String {
        guard let prefix, scalar.contains(prefix) else { return scalar }
        return scalar.split(separator: prefix, omittingEmptySubsequences: false).joined(separator: "*")
    }

    /// Where a mark with a name behind it stands at the beginning of a word.
    private static func names(after mark: UInt8, in bytes: [UInt8]) -> [(name: String, start: Int)] {
        var found: [(name: String, start: Int)] = []
        for (place, byte) in bytes.enumerated() where byte == mark {
            guard place == 0 || !isWordByte(bytes[place - 1]) else { continue }
            let name = bytes[(place + 1)...].prefix(while: isNameByte)
            if !name.isEmpty { found.append((String(decoding: name, as: UTF8.self), place)) }
        }
        return found
    }

    private static func unused(in text: String) -> String {
        var number = 0
        while text.contains("capstan-alias-\(number)-") { number += 1 }
        return "capstan-alias-\(number)-"
    }

    /// What an anchor's name may have, for the library that reads the syntax.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte >= 0x80 || byte == UInt8(ascii: "*") || byte == UInt8(ascii: "&")
    }
}
