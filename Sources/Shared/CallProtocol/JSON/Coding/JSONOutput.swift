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

    /// What changes while values are encoded. It lives behind pointers, because Swift would check each access to a
    /// variable of the class for overlaps, at a third of the whole cost; no access here calls out while it lasts.
    private struct State {
        /// Outermost first.
        var frames: [Frame] = []
        var lastID: UInt32 = 0
        /// The keys under way, outermost first; for errors.
        var path: [any CodingKey] = []
        /// The first fault. It is thrown at the end even where a type has caught it, since its text may be half
        /// written; and the protocol gives no other way to throw where a container is begun.
        var failure: (any Error)?
    }

    let writer: UnsafeMutablePointer<JSONWriter>
    private let state: UnsafeMutablePointer<State>

    init(_ buffer: consuming ByteBuffer) {
        writer = .allocate(capacity: 1)
        writer.initialize(to: JSONWriter(buffer))
        state = .allocate(capacity: 1)
        state.initialize(to: State())
        state.pointee.frames.reserveCapacity(4)
    }

    deinit {
        writer.deinitialize(count: 1)
        writer.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// The buffer with what has been written; nothing may be written after.
    func takeBuffer() -> ByteBuffer {
        let buffer = writer.pointee.buffer
        writer.pointee = JSONWriter(ByteBuffer())
        return buffer
    }

    var path: [any CodingKey] { state.pointee.path }

    /// Encodes the outermost value.
    func root<T: Encodable>(_ value: T) throws {
        try box(value)
        if let failure = state.pointee.failure { throw failure }
    }

    /// Encodes a value at the present place and ends whatever containers it began.
    func box<T: Encodable>(_ value: T) throws {
        if T.self == JSONValue.self, let value = value as? JSONValue {
            return writer.pointee.value(try finite(value))
        }
        if T.self == RawJSON.self, let value = value as? RawJSON { return writer.pointee.raw(value) }
        if T.self == String.self, let value = value as? String { return writer.pointee.string(value) }
        if T.self == [String: String].self, let value = value as? [String: String] { return texts(value) }
        let outer = state.pointee.frames.count
        let start = writer.pointee.buffer.writerIndex
        do {
            try value.encode(to: JSONBoxEncoder(output: self, depth: outer))
        } catch {
            throw failed(error)
        }
        close(to: outer)
        if writer.pointee.buffer.writerIndex == start {
            // A type that encodes nothing is an object without members.
            writer.pointee.beginObject()
            writer.pointee.endObject()
        }
    }

    /// Encodes a value under a key that errors are to name.
    func box<T: Encodable>(_ value: T, under key: any CodingKey) throws {
        state.pointee.path.append(key)
        try box(value)
        state.pointee.path.removeLast()
    }

    /// Begins an array or object; what it returns names it in ``resume(_:at:)``.
    func open(object: Bool) -> UInt32 {
        if object { writer.pointee.beginObject() } else { writer.pointee.beginArray() }
        state.pointee.lastID &+= 1
        state.pointee.frames.append(Frame(id: state.pointee.lastID, isObject: object))
        if state.pointee.frames.count > JSONLimits.deepest { fail("nested deeper than \(JSONLimits.deepest) levels") }
        return state.pointee.lastID
    }

    /// The container a value has begun already at that depth, where it is of that kind.
    func reopen(object: Bool, at depth: Int) -> UInt32? {
        guard state.pointee.frames.indices.contains(depth) else { return nil }
        guard state.pointee.frames[depth].isObject == object else {
            fail("the value began as an array and as an object")
            return nil
        }
        close(to: depth + 1)
        return state.pointee.frames[depth].id
    }

    /// Ends containers until so many are open.
    func close(to depth: Int) {
        while state.pointee.frames.count > depth, let frame = state.pointee.frames.popLast() {
            if frame.isObject { writer.pointee.endObject() } else { writer.pointee.endArray() }
        }
    }

    /// Makes the container the innermost one, ending those begun within it.
    func resume(_ id: UInt32, at depth: Int) throws {
        if state.pointee.frames.count == depth + 1, state.pointee.frames[depth].id == id, depth < JSONLimits.deepest {
            return
        }
        if let failure = state.pointee.failure { throw failure }
        guard state.pointee.frames.indices.contains(depth), state.pointee.frames[depth].id == id else {
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
        writer.pointee.double(value)
    }

    func float(_ value: Float, under key: (any CodingKey)?) throws {
        guard value.isFinite else { return try double(Double(value), under: key) }
        // The shortest text of the float, which is shorter than that of the double it widens to.
        writer.pointee.number(JSONNumber.text(value))
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
        if let key { writer.pointee.key(key) }
    }

    /// An object whose values are all strings, without a container for it: labels and environments are in every list.
    private func texts(_ texts: [String: String]) {
        guard state.pointee.frames.count < JSONLimits.deepest else {
            return fail("nested deeper than \(JSONLimits.deepest) levels")
        }
        writer.pointee.beginObject()
        for (key, text) in texts {
            writer.pointee.key(key)
            writer.pointee.string(text)
        }
        writer.pointee.endObject()
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
        state.pointee.failure = state.pointee.failure ?? error(reason)
    }

    private func failed(_ error: any Error) -> any Error {
        state.pointee.failure = state.pointee.failure ?? error
        return error
    }

    private func error(_ reason: String) -> EncodingError {
        .invalidValue("", .init(codingPath: path, debugDescription: reason))
    }
}
