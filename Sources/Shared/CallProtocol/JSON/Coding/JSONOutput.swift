import NIOCore

/// The one buffer that all encoding containers of a value write to, and the list of what is open in it.
///
/// Text is written as it comes, so a container must be filled before the one around it goes on (as synthesized
/// conformances do). Going back to one that has been closed is an `EncodingError`, never wrong text.
final class JSONOutput {
    /// An array or object that has been begun and not ended.
    struct Frame {
        var id: UInt32
        var isObject: Bool
    }

    var writer: JSONWriter
    /// Outermost first.
    private var frames: [Frame] = []
    private var lastID: UInt32 = 0
    /// The keys under way, outermost first; for errors.
    private(set) var path: [any CodingKey] = []
    /// The first fault. It is thrown at the end even where a type has caught it, since its text may be half written;
    /// and the protocol gives no other way to throw where a container is begun.
    private var failure: (any Error)?

    init(_ writer: JSONWriter) {
        self.writer = writer
        frames.reserveCapacity(4)
    }

    func takeBuffer() -> ByteBuffer {
        let buffer = writer.buffer
        writer = JSONWriter()
        return buffer
    }

    /// How many containers are open.
    var depth: Int { frames.count }

    /// Encodes the outermost value.
    func root<T: Encodable>(_ value: T) throws {
        try box(value)
        if let failure { throw failure }
    }

    /// Encodes a value at the present place and ends whatever containers it began.
    func box<T: Encodable>(_ value: T) throws {
        if T.self == JSONValue.self, let value = value as? JSONValue {
            return writer.value(try finite(value))
        }
        if T.self == RawJSON.self, let value = value as? RawJSON { return writer.raw(value) }
        if T.self == String.self, let value = value as? String { return writer.string(value) }
        let outer = frames.count
        let start = writer.buffer.writerIndex
        do {
            try value.encode(to: JSONBoxEncoder(output: self, depth: outer))
        } catch {
            throw failed(error)
        }
        close(to: outer)
        if writer.buffer.writerIndex == start {
            // A type that encodes nothing is an object without members.
            writer.beginObject()
            writer.endObject()
        }
    }

    /// Encodes a value under a key that errors are to name.
    func box<T: Encodable>(_ value: T, under key: any CodingKey) throws {
        path.append(key)
        try box(value)
        path.removeLast()
    }

    /// Begins an array or object; what it returns names it in ``resume(_:at:)``.
    func open(object: Bool) -> UInt32 {
        if object { writer.beginObject() } else { writer.beginArray() }
        lastID &+= 1
        frames.append(Frame(id: lastID, isObject: object))
        if frames.count > JSONLimits.deepest { fail("nested deeper than \(JSONLimits.deepest) levels") }
        return lastID
    }

    /// The container a value has begun already at that depth, where it is of that kind.
    func reopen(object: Bool, at depth: Int) -> UInt32? {
        guard frames.indices.contains(depth) else { return nil }
        guard frames[depth].isObject == object else {
            fail("the value began as an array and as an object")
            return nil
        }
        close(to: depth + 1)
        return frames[depth].id
    }

    /// Ends containers until so many are open.
    func close(to depth: Int) {
        while frames.count > depth, let frame = frames.popLast() {
            if frame.isObject { writer.endObject() } else { writer.endArray() }
        }
    }

    /// Makes the container the innermost one, ending those begun within it.
    func resume(_ id: UInt32, at depth: Int) throws {
        if frames.count == depth + 1, frames[depth].id == id, depth < JSONLimits.deepest { return }
        if let failure { throw failure }
        guard frames.indices.contains(depth), frames[depth].id == id else {
            throw failed(error("a container was written to after another had been begun after it"))
        }
        close(to: depth + 1)
    }

    func double(_ value: Double, under key: (any CodingKey)?) throws {
        guard value.isFinite else {
            let keys = path + (key.map { [$0] } ?? [])
            throw failed(
                EncodingError.invalidValue(
                    value, .init(codingPath: keys, debugDescription: "\(value) has no form in JSON")))
        }
        writer.double(value)
    }

    func float(_ value: Float, under key: (any CodingKey)?) throws {
        guard value.isFinite else { return try double(Double(value), under: key) }
        // The shortest text of the float, which is shorter than that of the double it widens to.
        writer.number(JSONNumber.text(value))
    }

    /// Begins a container within another; faults are kept for the end.
    func begin(within id: UInt32, at depth: Int, key: String?, object: Bool) -> UInt32 {
        beginValue(within: id, at: depth, key: key)
        return open(object: object)
    }

    /// Makes ready for a value within a container.
    func beginValue(within id: UInt32, at depth: Int, key: String?) {
        do {
            try resume(id, at: depth)
        } catch {
            fail("a container was begun in one that had been closed")
        }
        if let key { writer.key(key) }
    }

    private func finite(_ value: JSONValue) throws -> JSONValue {
        switch value {
        case .double(let number) where !number.isFinite:
            throw failed(error("\(number) has no form in JSON"))
        case .array(let elements):
            for element in elements { _ = try finite(element) }
        case .object(let members):
            for member in members { _ = try finite(member.value) }
        default:
            break
        }
        return value
    }

    private func fail(_ reason: String) {
        failure = failure ?? error(reason)
    }

    private func failed(_ error: any Error) -> any Error {
        failure = failure ?? error
        return error
    }

    private func error(_ reason: String) -> EncodingError {
        .invalidValue("", .init(codingPath: path, debugDescription: reason))
    }
}
