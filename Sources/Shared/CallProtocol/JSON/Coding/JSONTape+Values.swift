import NIOCore

/// Scalars of a tape as Swift types, and the errors for those that are something else.
extension JSONTape {
    @inline(__always)
    func bool(_ index: Int) throws -> Bool {
        switch tokens[index].kind {
        case .true: return true
        case .false: return false
        default: throw mismatch(Bool.self, index, "a boolean")
        }
    }

    @inline(__always)
    func text(_ index: Int) throws -> String {
        let token = tokens[index]
        guard token.kind == .string else { throw mismatch(String.self, index, "a string") }
        return string(token)
    }

    /// An object whose values are all strings, as labels and environments are.
    func texts(_ index: Int) throws -> [String: String] {
        guard tokens[index].kind == .object else { throw mismatch([String: JSONValue].self, index, "an object") }
        let end = after(index)
        // A key and its value are two entries each, unless a value is no string: then what follows throws.
        var texts: [String: String] = [:]
        texts.reserveCapacity((end - index) / 2)
        var place = index + 1
        while place < end {
            texts[string(tokens[place])] = try text(place + 1)
            place += 2
        }
        return texts
    }

    func real(_ index: Int) throws -> Double {
        let token = tokens[index]
        guard token.kind == .integer || token.kind == .real else { throw mismatch(Double.self, index, "a number") }
        guard let value = withBytes(token, JSONNumber.double) else {
            throw corrupted(index, "the number is too large")
        }
        return value
    }

    func float(_ index: Int) throws -> Float {
        let value = Float(try real(index))
        guard value.isFinite else { throw corrupted(index, "the number is too large") }
        return value
    }

    @inline(__always)
    func integer<T: FixedWidthInteger>(_ index: Int) throws -> T {
        let token = tokens[index]
        if token.kind == .integer, let value = withBytes(token, { JSONNumber.integer($0, as: T.self) }) { return value }
        return try unusualInteger(index)
    }

    /// What is no plain whole number of that size: 3.0 and 1e3 are whole all the same, the rest is an error.
    private func unusualInteger<T: FixedWidthInteger>(_ index: Int) throws -> T {
        let token = tokens[index]
        switch token.kind {
        case .integer:
            throw corrupted(index, "the number must be from \(T.min) to \(T.max)")
        case .real:
            guard let value = T(exactly: try real(index)) else {
                throw corrupted(index, "expected a whole number from \(T.min) to \(T.max)")
            }
            return value
        default:
            throw mismatch(T.self, index, "a whole number")
        }
    }

    /// The entry of the value of that key in the object at `index`, or nil.
    /// - Parameter hint: the entry of the key to look at first; anything else stands for the first one.
    func member(_ key: String, of index: Int, from hint: Int = 0) -> Int? {
        let first = index &+ 1
        let end = Int(tokens[index].next)
        guard first < end else { return nil }
        var key = key
        return key.withUTF8 { wanted in
            buffer.withUnsafeReadableBytes { bytes in
                let start = hint > first && hint < end ? hint : first
                var place = start
                repeat {
                    if matches(tokens[place], wanted, bytes) { return place &+ 1 }
                    let next = after(place &+ 1)
                    place = next < end ? next : first
                } while place != start
                return nil
            }
        }
    }

    /// Whether a string or key says just that.
    @inline(__always)
    func matches(
        _ token: JSONToken, _ wanted: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeRawBufferPointer
    ) -> Bool {
        let start = Int(token.offset)
        if token.escaped {
            let slice = UnsafeRawBufferPointer(rebasing: bytes[start..<start &+ Int(token.length)])
            return JSONText.string(slice, escaped: true).utf8.elementsEqual(wanted)
        }
        guard Int(token.length) == wanted.count else { return false }
        for step in 0..<wanted.count where bytes[start &+ step] != wanted[step] { return false }
        return true
    }

    /// The keys and places that lead from the outermost value to the entry.
    func path(to index: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var container = 0
        search: while container < index {
            let isObject = tokens[container].kind == .object
            let end = after(container)
            var place = container + 1
            var count = 0
            while place < end {
                let value = isObject ? place + 1 : place
                let next = after(value)
                if index < next {
                    path.append(isObject ? JSONKey.name(string(tokens[place])) : JSONKey.place(count))
                    container = value
                    continue search
                }
                place = next
                count += 1
            }
            return path
        }
        return path
    }

    func mismatch(_ type: any Any.Type, _ index: Int, _ expected: String) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: path(to: index), debugDescription: "expected \(expected), found \(found(index))")
        return tokens[index].kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }

    func corrupted(_ index: Int, _ reason: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: path(to: index), debugDescription: reason))
    }

    private func found(_ index: Int) -> String {
        switch tokens[index].kind {
        case .null: "null"
        case .true, .false: "a boolean"
        case .integer, .real: "a number"
        case .string, .key: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
