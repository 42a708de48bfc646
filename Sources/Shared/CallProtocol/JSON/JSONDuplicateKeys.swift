/// Finds a key that stands twice in one object.
enum JSONDuplicateKeys {
    /// Up to this many members keys are compared pair by pair; above, by a set.
    private static let pairwise = 16

    /// Looks through the members of the object at `object`, whose tokens run to the end of `tokens`.
    static func check(
        _ tokens: [JSONToken], object: Int, in bytes: UnsafeRawBufferPointer
    ) throws(JSONParseError) {
        // One bit for each of 64 hashes of a key: a bit seen twice is looked into, which is seldom.
        var seen: UInt64 = 0
        var count = 0
        var escapes = false
        var suspicious = false
        var place = object &+ 1
        while place < tokens.count {
            let key = tokens[place]
            count &+= 1
            escapes = escapes || key.escaped
            let bit: UInt64 = 1 << hash(key, bytes)
            suspicious = suspicious || seen & bit != 0
            seen |= bit
            place = after(tokens, place &+ 1)
        }
        guard suspicious || escapes else { return }
        if count <= pairwise, !escapes {
            try checkPairs(tokens, object, bytes)
        } else {
            try checkSet(tokens, object, bytes, count)
        }
    }

    @inline(__always)
    private static func after(_ tokens: [JSONToken], _ index: Int) -> Int {
        let token = tokens[index]
        return token.kind == .array || token.kind == .object ? Int(token.next) : index &+ 1
    }

    @inline(__always)
    private static func hash(_ key: JSONToken, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let length = Int(key.length)
        guard length > 0 else { return 0 }
        let start = Int(key.offset)
        let first = UInt64(bytes[start])
        let middle = UInt64(bytes[start &+ length / 2])
        let last = UInt64(bytes[start &+ length &- 1])
        return (first &* 31 &+ middle &* 17 &+ last &* 7 &+ UInt64(length)) & 63
    }

    private static func slice(_ key: JSONToken, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let start = Int(key.offset)
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(key.length)])
    }

    private static func checkPairs(
        _ tokens: [JSONToken], _ object: Int, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONParseError) {
        var later = object + 1
        while later < tokens.count {
            var earlier = object + 1
            while earlier < later {
                if tokens[earlier].length == tokens[later].length,
                    slice(tokens[earlier], bytes).elementsEqual(slice(tokens[later], bytes))
                {
                    throw duplicate(tokens[later], bytes)
                }
                earlier = after(tokens, earlier + 1)
            }
            later = after(tokens, later + 1)
        }
    }

    private static func checkSet(
        _ tokens: [JSONToken], _ object: Int, _ bytes: UnsafeRawBufferPointer, _ count: Int
    ) throws(JSONParseError) {
        var seen = Set<JSONKeyBytes>(minimumCapacity: count)
        var place = object + 1
        while place < tokens.count {
            let key = tokens[place]
            let text = JSONText.string(slice(key, bytes), escaped: key.escaped)
            guard seen.insert(JSONKeyBytes(text)).inserted else { throw duplicate(key, bytes) }
            place = after(tokens, place + 1)
        }
    }

    /// The key is cut short in the error, for it is input and may be long.
    private static func duplicate(_ key: JSONToken, _ bytes: UnsafeRawBufferPointer) -> JSONParseError {
        let text = JSONText.string(slice(key, bytes), escaped: key.escaped)
        return JSONParseError(offset: Int(key.offset), reason: .duplicateKey(String(text.prefix(64))))
    }
}
