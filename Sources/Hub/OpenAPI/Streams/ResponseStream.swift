package import CallProtocol
package import NIOCore

/// Whatever form a stream has, as values: an event as `{"event", "data", "id"}` with its data as JSON where it is.
package struct ResponseStream: Sendable {
    private enum Reader: Sendable {
        case events(EventStreamReader)
        case values(JSONStreamReader)
    }

    private var reader: Reader

    package init(_ form: StreamForm, lastID: String? = nil) {
        reader = form == .events ? .events(EventStreamReader(lastID: lastID)) : .values(JSONStreamReader(form))
    }

    package mutating func feed(_ bytes: ByteBuffer) throws(StreamError) -> [JSONValue] {
        switch reader {
        case .events(var events):
            defer { reader = .events(events) }
            return try events.feed(bytes).map(Self.value)
        case .values(var values):
            defer { reader = .values(values) }
            return try values.feed(bytes)
        }
    }

    package mutating func finish() throws(StreamError) -> JSONValue? {
        guard case .values(var values) = reader else { return nil }
        defer { reader = .values(values) }
        return try values.finish()
    }

    /// Where the stream can be taken up again; nil where it has no places.
    package var lastID: String? {
        if case .events(let events) = reader { events.lastID } else { nil }
    }

    /// How long to wait before that, in milliseconds, where the stream says so.
    package var retryMs: Int64? {
        if case .events(let events) = reader { events.retryMs } else { nil }
    }

    private static func value(_ event: StreamedEvent) -> JSONValue {
        let first = event.data.utf8.first
        let mayBeJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        let data = mayBeJSON ? (try? JSONParser.parse(event.data)) ?? .string(event.data) : .string(event.data)
        var value: JSONValue = ["event": .string(event.event), "data": data]
        if let id = event.id { value["id"] = .string(id) }
        return value
    }
}
