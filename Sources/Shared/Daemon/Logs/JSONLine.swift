/// One line of JSON in the making: an object whose keys keep the order they were added in.
///
/// It never contains a control character or a line feed before its end, whatever the values hold, so that one line is one
/// object and no log can forge another or drive the terminal that shows it.
struct JSONLine {
    private(set) var bytes: [UInt8]

    init() {
        bytes = [UInt8(ascii: "{")]
        bytes.reserveCapacity(256)
    }

    /// Adds one member; keys are not checked for repetition.
    mutating func add(_ key: String, _ value: LineValue) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        append(value)
    }

    /// The finished line with its line feed.
    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private mutating func append(_ value: LineValue) {
        switch value {
        case .string(let text): quote(text)
        case .integer(let number): bytes.append(contentsOf: String(number).utf8)
        // JSON has no NaN and no infinity; as text they are at least seen.
        case .number(let number) where !number.isFinite: quote("\(number)")
        case .number(let number): bytes.append(contentsOf: "\(number)".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .null: bytes.append(contentsOf: "null".utf8)
        case .array(let values):
            append(values, between: "[", and: "]") { $0.append($1) }
        case .object(let members):
            append(members.sorted { $0.key < $1.key }, between: "{", and: "}") { line, member in
                line.quote(member.key)
                line.bytes.append(UInt8(ascii: ":"))
                line.append(member.value)
            }
        }
    }

    private mutating func append<Elements: Collection>(
        _ elements: Elements, between open: Unicode.Scalar, and close: Unicode.Scalar,
        each: (inout JSONLine, Elements.Element) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        var first = true
        for element in elements {
            if !first { bytes.append(UInt8(ascii: ",")) }
            first = false
            each(&self, element)
        }
        bytes.append(UInt8(ascii: close))
    }

    private mutating func quote(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.withUTF8 { utf8 in
            let isPlain = utf8.allSatisfy(Self.isPlain)
            if isPlain { bytes.append(contentsOf: utf8) }
            return isPlain
        }
        if !isPlain { escape(text) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether a byte is no part of anything that is escaped. The two that are not ASCII begin those that ``escape(_:)`` looks for.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7f, 0xc2, 0xe2: false
        default: true
        }
    }

    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": bytes.append(contentsOf: [UInt8(ascii: "\\"), UInt8(truncatingIfNeeded: scalar.value)])
            case "\n": bytes.append(contentsOf: "\\n".utf8)
            case "\t": bytes.append(contentsOf: "\\t".utf8)
            // C0, DEL and C1 reach terminals; the two separators break lines for some readers.
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}": escape(UInt16(scalar.value))
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    private mutating func escape(_ unit: UInt16) {
        bytes.append(contentsOf: "\\u".utf8)
        for shift in [12, 8, 4, 0] {
            let digit = UInt8(unit >> UInt16(shift) & 0xf)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
