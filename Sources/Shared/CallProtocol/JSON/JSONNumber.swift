/// The numbers of JSON at the level of bytes.
enum JSONNumber {
    /// Finds the end of a number by RFC 8259's grammar.
    /// - Parameter start: the place of its first byte, a digit or a minus.
    /// - Returns: the place after it, and whether it has a fraction or an exponent.
    @inline(__always)
    static func scan(
        _ bytes: UnsafeRawBufferPointer, from start: Int
    ) throws(JSONParseError) -> (end: Int, real: Bool) {
        let count = bytes.count
        var place = start
        var real = false
        if bytes[place] == UInt8(ascii: "-") { place &+= 1 }
        let whole = place
        place = digits(bytes, from: place)
        guard place > whole else { throw malformed(bytes, start, place) }
        // A zero may not be followed by more digits.
        guard bytes[whole] != UInt8(ascii: "0") || place == whole &+ 1 else {
            throw JSONParseError(offset: start, reason: .malformedNumber)
        }
        if place < count, bytes[place] == UInt8(ascii: ".") {
            real = true
            let fraction = place &+ 1
            place = digits(bytes, from: fraction)
            guard place > fraction else { throw malformed(bytes, start, place) }
        }
        if place < count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            real = true
            place &+= 1
            if place < count, bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: "-") { place &+= 1 }
            let exponent = place
            place = digits(bytes, from: exponent)
            guard place > exponent else { throw malformed(bytes, start, place) }
        }
        return (place, real)
    }

    @inline(__always)
    private static func digits(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var place = start
        while place < bytes.count, bytes[place] &- UInt8(ascii: "0") < 10 { place &+= 1 }
        return place
    }

    private static func malformed(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ place: Int) -> JSONParseError {
        place >= bytes.count
            ? JSONParseError(offset: bytes.count, reason: .unexpectedEnd)
            : JSONParseError(offset: start, reason: .malformedNumber)
    }

    /// The whole number that scanned text without fraction or exponent says, or nil where the type cannot hold it.
    @inline(__always)
    static func integer<T: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, as type: T.Type) -> T? {
        var place = 0
        let negative = bytes.first == UInt8(ascii: "-")
        if negative { place = 1 }
        var value: UInt64 = 0
        while place < bytes.count {
            let (product, tooMuch) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(bytes[place] &- UInt8(ascii: "0")))
            if tooMuch || carried { return nil }
            value = sum
            place &+= 1
        }
        guard negative else { return T(exactly: value) }
        guard value <= 1 << 63 else { return nil }
        return T(exactly: 0 &- Int64(bitPattern: value))
    }

    /// The double nearest to what scanned text says, or nil where none is large enough.
    static func double(_ bytes: UnsafeRawBufferPointer) -> Double? {
        if let quick = exact(bytes) { return quick }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    /// Up to 15 digits with a power of ten within 10^22 are exact in one multiplication or division, since both sides
    /// are (W. D. Clinger, "How to read floating point numbers accurately", 1990). Anything else is left to the library.
    private static func exact(_ bytes: UnsafeRawBufferPointer) -> Double? {
        var mantissa: Int64 = 0
        var digits = 0
        var scale = 0
        var afterPoint = false
        let negative = bytes.first == UInt8(ascii: "-")
        for place in (negative ? 1 : 0)..<bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: ".") {
                afterPoint = true
                continue
            }
            guard byte &- UInt8(ascii: "0") < 10, digits < 15 else { return nil }
            mantissa = mantissa &* 10 &+ Int64(byte &- UInt8(ascii: "0"))
            digits += mantissa == 0 ? 0 : 1
            if afterPoint { scale += 1 }
        }
        guard scale < powers.count else { return nil }
        let value = Double(mantissa) / powers[scale]
        return negative ? -value : value
    }

    private static let powers: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// A finite double as JSON, the shortest that reads back as the same double, in the form ECMAScript and RFC 8785
    /// give it (3, 0.1, 1e+21, 5e-324), with two exceptions: negative zero keeps its sign unless `canonical`, and whole
    /// numbers within `Int64` have all their digits, because they are read as such.
    static func text(
        _ value: some BinaryFloatingPoint & CustomStringConvertible, canonical: Bool = false
    ) -> String {
        if value == 0 { return value.sign == .minus && !canonical ? "-0.0" : "0" }
        if let whole = Int64(exactly: value) { return String(whole) }
        // Swift's description has the shortest digits. Without an exponent it is the form wanted but for ".0" at the end;
        // with one the digits are laid out anew.
        let described = value.description
        if !described.utf8.contains(UInt8(ascii: "e")) {
            return described.hasSuffix(".0") ? String(described.dropLast(2)) : described
        }
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = Array(value.magnitude.description.utf8)
        for (place, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = digits.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(place + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                digits.append(byte)
            }
        }
        // The value is 0.DIGITS times ten to the power `power`.
        var power = (point ?? digits.count) + exponent
        while digits.first == UInt8(ascii: "0") {
            digits.removeFirst()
            power -= 1
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (value < 0 ? "-" : "") + layout(String(decoding: digits, as: UTF8.self), power)
    }

    /// Digits laid out as ECMAScript's Number::toString does.
    private static func layout(_ digits: String, _ power: Int) -> String {
        let count = digits.count
        switch power {
        case count...21 where count <= 21:
            return digits + String(repeating: "0", count: power - count)
        case 1...21:
            return digits.prefix(power) + "." + digits.dropFirst(power)
        case -5...0:
            return "0." + String(repeating: "0", count: -power) + digits
        default:
            let sign = power > 0 ? "+" : "-"
            let fraction = count == 1 ? "" : "." + digits.dropFirst()
            return digits.prefix(1) + fraction + "e" + sign + String((power - 1).magnitude)
        }
    }
}
