package import NIOCore

/// Skims a JSON object: checks all of it by the grammar and tells where the values of its own members stand,
/// so that an envelope is read and its payload passed on as the bytes it came as.
///
/// As strict as ``JSONParser``, in constant memory, with two exceptions that whoever reads the inner value meets:
/// duplicate keys are refused among the outermost members only, and numbers are checked by their form only.
package struct JSONScanner: Sendable {
    /// A member of the object that was skimmed.
    package struct Member: Sendable, Hashable {
        package var key: String
        /// The value's text, a slice of the buffer that was read.
        package var value: RawJSON
    }

    /// How many members an object may have to be skimmed.
    static let mostMembers = 1024

    /// The members in order, no key twice.
    package let members: [Member]

    /// Skims the readable bytes.
    /// - Throws: `JSONParseError`; `.notAnObject` where they are another value, `.tooManyValues` beyond ``mostMembers``.
    package init(_ buffer: ByteBuffer, limits: JSONLimits = .standard) throws(JSONParseError) {
        let result = buffer.withUnsafeReadableBytes { bytes -> Result<[Member], JSONParseError> in
            do throws(JSONParseError) {
                var sink = JSONSkimSink()
                try JSONGrammar.run(bytes, limits: limits, into: &sink)
                return .success(try sink.members(of: buffer, bytes))
            } catch {
                return .failure(error)
            }
        }
        members = try result.get()
    }

    /// The text of the value of that key, or nil where there is no such member.
    package subscript(key: String) -> RawJSON? {
        members.first { JSONKeyBytes.same($0.key, key) }?.value
    }

    /// The value of that key where it is a string, else nil.
    package func string(_ key: String) -> String? {
        self[key]?.stringValue
    }
}

/// Keeps the places of the outermost object's members and nothing else.
private struct JSONSkimSink: JSONSink {
    /// The key's text, and where the value begins and ends.
    private struct Entry {
        var key: Range<Int>
        var escaped: Bool
        var value: Range<Int>
    }

    private var entries: [Entry] = []
    private var depth = 0
    private var isObject = false
    private var start = 0

    init() {
        entries.reserveCapacity(8)
    }

    mutating func scalar(_ kind: JSONToken.Kind, at offset: Int, length: Int, escaped: Bool) throws(JSONParseError) {
        guard depth <= 1 else { return }
        let quotes = kind == .string ? 1 : 0
        guard isObject else { throw JSONParseError(offset: offset - quotes, reason: .notAnObject) }
        end(offset - quotes..<offset + length + quotes)
    }

    mutating func key(at offset: Int, length: Int, escaped: Bool) throws(JSONParseError) {
        guard depth == 1 else { return }
        guard entries.count < JSONScanner.mostMembers else {
            throw JSONParseError(offset: offset, reason: .tooManyValues(limit: JSONScanner.mostMembers))
        }
        entries.append(Entry(key: offset..<offset + length, escaped: escaped, value: 0..<0))
    }

    private mutating func end(_ value: Range<Int>) {
        entries[entries.count - 1].value = value
    }

    mutating func open(_ kind: JSONToken.Kind, at offset: Int) throws(JSONParseError) {
        if depth == 0 {
            guard kind == .object else { throw JSONParseError(offset: offset, reason: .notAnObject) }
            isObject = true
        } else if depth == 1 {
            start = offset
        }
        depth += 1
    }

    mutating func close(end: Int, in bytes: UnsafeRawBufferPointer) throws(JSONParseError) {
        depth -= 1
        if depth == 1 { self.end(start..<end) }
    }

    func members(
        of buffer: ByteBuffer, _ bytes: UnsafeRawBufferPointer
    ) throws(JSONParseError) -> [JSONScanner.Member] {
        var members: [JSONScanner.Member] = []
        members.reserveCapacity(entries.count)
        var seen: Set<JSONKeyBytes> = []
        for entry in entries {
            let name = JSONText.string(UnsafeRawBufferPointer(rebasing: bytes[entry.key]), escaped: entry.escaped)
            let known =
                entries.count > 16
                ? !seen.insert(JSONKeyBytes(name)).inserted
                : members.contains { JSONKeyBytes.same($0.key, name) }
            guard !known else {
                let reason = JSONParseError.Reason.duplicateKey(String(name.prefix(64)))
                throw JSONParseError(offset: entry.key.lowerBound, reason: reason)
            }
            let slice = buffer.getSlice(at: buffer.readerIndex + entry.value.lowerBound, length: entry.value.count)
            members.append(.init(key: name, value: RawJSON(trusted: slice ?? ByteBuffer())))
        }
        return members
    }
}
