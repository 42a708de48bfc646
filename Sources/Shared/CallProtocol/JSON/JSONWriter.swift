package import NIOCore

/// Appends JSON text to a buffer. Commas and colons come by themselves; that what is begun is ended, and that the
/// members of an object are written as a key and a value, is the caller's part.
///
/// Strings get the fewest escapes (RFC 8785's rule), numbers their shortest form.
package struct JSONWriter {
    /// What has been written so far, after what was there before.
    package internal(set) var buffer: ByteBuffer
    /// Whether another key or element at this place needs a comma before it.
    private var needsComma = false

    /// Appends to `buffer`.
    package init(_ buffer: ByteBuffer) {
        self.buffer = buffer
    }

    /// Writes to a buffer of its own, with room for a small message from the start.
    package init() {
        buffer = ByteBufferAllocator().buffer(capacity: 256)
    }

    /// The text as one JSON value; the writer must have begun with an empty buffer and have written one whole value.
    package consuming func finish() -> RawJSON {
        RawJSON(trusted: buffer)
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// A member's key; its value is to follow.
    package mutating func key(_ key: String) {
        write(key, thenColon: true)
        needsComma = false
    }

    package mutating func string(_ value: String) {
        write(value, thenColon: false)
        needsComma = true
    }

    package mutating func null() { literal("null") }

    package mutating func bool(_ value: Bool) {
        if value { literal("true") } else { literal("false") }
    }

    package mutating func integer(_ value: some FixedWidthInteger) {
        let comma = needsComma
        needsComma = true
        guard let magnitude = UInt64(exactly: value.magnitude) else {
            let text = String(value)
            write(byte: UInt8(ascii: ","), if: comma)
            buffer.writeString(text)
            return
        }
        let negative = value < 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 22) { target in
            var place = 0
            if comma {
                target[place] = UInt8(ascii: ",")
                place &+= 1
            }
            if negative {
                target[place] = UInt8(ascii: "-")
                place &+= 1
            }
            let end = place &+ Self.digits(magnitude)
            var rest = magnitude
            var at = end
            repeat {
                at &-= 1
                let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
                target[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
                rest = quotient
            } while rest != 0
            return end
        }
    }

    /// A number; one that is not finite has no form in JSON and is written as null. Ask before where that matters.
    package mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        number(JSONNumber.text(value))
    }

    /// A whole JSON value that has been written or checked before, as it is.
    package mutating func raw(_ value: RawJSON) {
        write(byte: UInt8(ascii: ","), if: needsComma)
        buffer.writeImmutableBuffer(value.buffer)
        needsComma = true
    }

    /// Any value with all it holds, members in their order.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .double(let value): double(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// A number's text, ready made.
    mutating func number(_ text: String) {
        write(byte: UInt8(ascii: ","), if: needsComma)
        buffer.writeString(text)
        needsComma = true
    }

    private static func digits(_ value: UInt64) -> Int {
        var count = 1
        var bound: UInt64 = 10
        while count < 20, value >= bound {
            count &+= 1
            bound = count < 20 ? bound &* 10 : bound
        }
        return count
    }

    @inline(__always)
    private mutating func write(byte: UInt8, if condition: Bool) {
        if condition { buffer.writeInteger(byte) }
    }

    @inline(__always)
    private mutating func open(_ bracket: UInt8) {
        write(byte: UInt8(ascii: ","), if: needsComma)
        buffer.writeInteger(bracket)
        needsComma = false
    }

    @inline(__always)
    private mutating func close(_ bracket: UInt8) {
        buffer.writeInteger(bracket)
        needsComma = true
    }

    private mutating func literal(_ text: StaticString) {
        write(byte: UInt8(ascii: ","), if: needsComma)
        buffer.writeStaticString(text)
        needsComma = true
    }

    /// A string in quotes. One pass copies it whole; only where an escape is needed does a second pass write it again.
    private mutating func write(_ text: String, thenColon colon: Bool) {
        var text = text
        let comma = needsComma
        text.withUTF8 { utf8 in
            let bytes = UnsafeRawBufferPointer(utf8)
            guard Self.needsEscape(bytes) else {
                buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count &+ 4) { target in
                    var place = 0
                    if comma {
                        target[place] = UInt8(ascii: ",")
                        place &+= 1
                    }
                    target[place] = UInt8(ascii: "\"")
                    place &+= 1
                    if let from = bytes.baseAddress, let to = target.baseAddress {
                        (to + place).copyMemory(from: from, byteCount: bytes.count)
                    }
                    place &+= bytes.count
                    target[place] = UInt8(ascii: "\"")
                    place &+= 1
                    if colon {
                        target[place] = UInt8(ascii: ":")
                        place &+= 1
                    }
                    return place
                }
                return
            }
            write(byte: UInt8(ascii: ","), if: comma)
            writeEscaped(bytes)
            write(byte: UInt8(ascii: ":"), if: colon)
        }
    }

    @inline(__always)
    private static func needsEscape(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var place = 0
        while true {
            place = JSONText.plainRun(bytes, from: place)
            guard place < bytes.count else { return false }
            guard bytes[place] >= 0x80 else { return true }
            place &+= 1
        }
    }

    private mutating func writeEscaped(_ bytes: UnsafeRawBufferPointer) {
        buffer.writeInteger(UInt8(ascii: "\""))
        var from = 0
        for place in bytes.indices {
            let byte = bytes[place]
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else { continue }
            buffer.writeBytes(bytes[from..<place])
            from = place + 1
            buffer.writeInteger(UInt8(ascii: "\\"))
            switch byte {
            case 0x22, 0x5C: buffer.writeInteger(byte)
            case 0x08: buffer.writeInteger(UInt8(ascii: "b"))
            case 0x09: buffer.writeInteger(UInt8(ascii: "t"))
            case 0x0A: buffer.writeInteger(UInt8(ascii: "n"))
            case 0x0C: buffer.writeInteger(UInt8(ascii: "f"))
            case 0x0D: buffer.writeInteger(UInt8(ascii: "r"))
            default:
                buffer.writeStaticString("u00")
                buffer.writeInteger(Self.hex(byte >> 4))
                buffer.writeInteger(Self.hex(byte & 15))
            }
        }
        buffer.writeBytes(bytes[from...])
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private static func hex(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
