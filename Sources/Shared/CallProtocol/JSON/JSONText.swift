/// The strings of JSON at the level of bytes: where one ends, whether it is sound, what it says.
enum JSONText {
    /// Finds the end of a string and checks all of it: escapes, surrogates, control characters, UTF-8.
    /// - Parameter start: the place after the opening quote.
    /// - Returns: the place of the closing quote, and whether there are escapes between.
    @inline(__always)
    static func scan(
        _ bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(JSONParseError) -> (end: Int, escaped: Bool) {
        var place = start
        var escaped = false
        let count = bytes.count
        while true {
            place = plainRun(bytes, from: place)
            guard place < count else { throw JSONParseError(offset: count, reason: .unexpectedEnd) }
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") { return (place, escaped) }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                place = try escape(bytes, at: place).next
            } else if byte < 0x20 {
                throw JSONParseError(offset: place, reason: .controlCharacter)
            } else {
                place = try multibyte(bytes, at: place)
            }
        }
    }

    /// The first place from `start` on that holds a quote, a backslash, a control character or no ASCII; or the end.
    @inline(__always)
    static func plainRun(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var place = start
        // Eight bytes at a time: in each word a high bit is raised for every byte that needs a look.
        while place &+ 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            let special = Self.special(word)
            if special != 0 {
                return place &+ (UInt64(littleEndian: special).trailingZeroBitCount >> 3)
            }
            place &+= 8
        }
        while place < bytes.count {
            let byte = bytes[place]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte >= 0x80 { return place }
            place &+= 1
        }
        return place
    }

    /// Raises the high bit of each byte that is below 0x20, a quote, a backslash or 0x80 and above. The lowest raised
    /// bit is always exact (a borrow can only spoil bytes above it), and only that one is used.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* 0x22)
        let backslash = word ^ (ones &* 0x5C)
        let low = (word &- (ones &* 0x20)) & ~word
        return (low | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | word) & highs
    }

    /// Reads one escape. - Parameter start: the place of the backslash.
    static func escape(
        _ bytes: UnsafeRawBufferPointer, at start: Int
    ) throws(JSONParseError) -> (scalar: UInt32, next: Int) {
        guard start + 1 < bytes.count else { throw JSONParseError(offset: bytes.count, reason: .unexpectedEnd) }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""): return (0x22, start + 2)
        case UInt8(ascii: "\\"): return (0x5C, start + 2)
        case UInt8(ascii: "/"): return (0x2F, start + 2)
        case UInt8(ascii: "b"): return (0x08, start + 2)
        case UInt8(ascii: "f"): return (0x0C, start + 2)
        case UInt8(ascii: "n"): return (0x0A, start + 2)
        case UInt8(ascii: "r"): return (0x0D, start + 2)
        case UInt8(ascii: "t"): return (0x09, start + 2)
        case UInt8(ascii: "u"): break
        default: throw JSONParseError(offset: start, reason: .invalidEscape)
        }
        let first = try fourDigits(bytes, at: start + 2)
        switch first {
        case 0xD800...0xDBFF:
            guard start + 7 < bytes.count else { throw JSONParseError(offset: start, reason: .loneSurrogate) }
            guard bytes[start + 6] == UInt8(ascii: "\\"), bytes[start + 7] == UInt8(ascii: "u") else {
                throw JSONParseError(offset: start, reason: .loneSurrogate)
            }
            let second = try fourDigits(bytes, at: start + 8)
            guard (0xDC00...0xDFFF).contains(second) else {
                throw JSONParseError(offset: start, reason: .loneSurrogate)
            }
            return (0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), start + 12)
        case 0xDC00...0xDFFF:
            throw JSONParseError(offset: start, reason: .loneSurrogate)
        default:
            return (first, start + 6)
        }
    }

    private static func fourDigits(_ bytes: UnsafeRawBufferPointer, at start: Int) throws(JSONParseError) -> UInt32 {
        guard start + 4 <= bytes.count else { throw JSONParseError(offset: bytes.count, reason: .unexpectedEnd) }
        var value: UInt32 = 0
        for place in start..<start + 4 {
            let byte = bytes[place]
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw JSONParseError(offset: place, reason: .invalidEscape)
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Checks one UTF-8 sequence of two to four bytes (RFC 3629: no overlong form, no surrogate, none past U+10FFFF).
    private static func multibyte(_ bytes: UnsafeRawBufferPointer, at start: Int) throws(JSONParseError) -> Int {
        let lead = bytes[start]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONParseError(offset: start, reason: .invalidUTF8)
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else {
            throw JSONParseError(offset: start, reason: .invalidUTF8)
        }
        for place in start + 2..<start + length where bytes[place] & 0xC0 != 0x80 {
            throw JSONParseError(offset: start, reason: .invalidUTF8)
        }
        return start + length
    }

    /// The text between two quotes that has been scanned. An escape is never shorter than what it stands for.
    static func string(_ bytes: UnsafeRawBufferPointer, escaped: Bool) -> String {
        guard escaped else { return String(decoding: bytes, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: bytes.count) { target in
            var from = 0
            var to = 0
            while from < bytes.count {
                guard bytes[from] == UInt8(ascii: "\\") else {
                    target[to] = bytes[from]
                    from += 1
                    to += 1
                    continue
                }
                guard let (value, next) = try? escape(bytes, at: from), let scalar = Unicode.Scalar(value) else {
                    return to  // cannot be: it has been scanned
                }
                for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                    target[to] = byte
                    to += 1
                }
                from = next
            }
            return to
        }
    }
}
