import NIOCore

/// A value that was read, to be looked at where it stands: nothing is made of it that is not asked for.
package struct JSONNode: Sendable {
    let tape: JSONTape
    let index: Int

    package enum Kind: Sendable, Hashable {
        case null, boolean, integer, real, string, array, object
    }

    @inline(__always)
    private var token: JSONToken { tape.tokens[index] }

    package var kind: Kind {
        switch token.kind {
        case .null: .null
        case .true, .false: .boolean
        case .integer: .integer
        case .real: .real
        case .string, .key: .string
        case .array: .array
        case .object: .object
        }
    }

    /// The value as its bytes, without reading them again.
    package var raw: RawJSON { RawJSON(on: tape, at: index) }

    /// The number, where it is written as a whole one that fits.
    package var integer: Int64? {
        token.kind == .integer ? tape.withBytes(token) { JSONNumber.integer($0, as: Int64.self) } : nil
    }

    /// The number, however it is written; nil of another kind.
    package var real: Double? {
        token.kind == .integer || token.kind == .real ? tape.withBytes(token, JSONNumber.double) : nil
    }

    /// The text of a string; nil of another kind.
    package var string: String? {
        kind == .string ? tape.string(token) : nil
    }

    /// Length of a string in Unicode scalars.
    package var scalarCount: Int {
        guard !token.escaped else { return tape.string(token).unicodeScalars.count }
        return tape.withBytes(token) { bytes in
            // Each scalar has one byte that does not continue another.
            var count = 0
            for byte in bytes where byte & 0xC0 != 0x80 { count &+= 1 }
            return count
        }
    }

    /// How many elements an array, or members an object has.
    package var count: Int {
        var count = 0
        let step = token.kind == .object ? 1 : 0
        var place = index &+ 1
        while place < tape.after(index) {
            count &+= 1
            place = tape.after(place &+ step)
        }
        return count
    }

    /// The member of that key; nil where there is none, or no object.
    package func member(_ key: String) -> JSONNode? {
        guard token.kind == .object else { return nil }
        return tape.member(key, of: index).map { JSONNode(tape: tape, index: $0) }
    }

    /// Whether `body` holds for every element of an array, in order; ends with the first for which it does not.
    package func allElements(_ body: (JSONNode) -> Bool) -> Bool {
        let end = tape.after(index)
        var place = index &+ 1
        while place < end {
            guard body(JSONNode(tape: tape, index: place)) else { return false }
            place = tape.after(place)
        }
        return true
    }

    /// Whether `body` holds for every member of an object, in order; ends with the first for which it does not.
    package func allMembers(_ body: (_ key: JSONNode, _ value: JSONNode) -> Bool) -> Bool {
        let end = tape.after(index)
        var place = index &+ 1
        while place < end {
            let value = JSONNode(tape: tape, index: place &+ 1)
            guard body(JSONNode(tape: tape, index: place), value) else { return false }
            place = tape.after(place &+ 1)
        }
        return true
    }

    /// Whether a string or key says just that.
    @inline(__always)
    package func says(_ text: [UInt8]) -> Bool {
        text.withUnsafeBufferPointer { wanted in
            tape.buffer.withUnsafeReadableBytes { tape.matches(token, wanted, $0) }
        }
    }
}

extension RawJSON {
    /// The value where it was read already, else nil; ``read()`` makes sure of it.
    package var node: JSONNode? {
        place.map { JSONNode(tape: $0.tape, index: $0.index) }
    }
}
