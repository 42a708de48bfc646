package import NIOCore

/// One event of a stream.
package struct StreamedEvent: Sendable, Equatable {
    /// `message` where the stream does not say.
    package var event: String
    package var data: String
    /// The last id that was said, as the stream is to be taken up again behind it.
    package var id: String?
}

/// Reads `text/event-stream` (WHATWG HTML, section 9.2.6) from bytes that come in any pieces.
package struct EventStreamReader: Sendable {
    /// Bytes of one event, at most.
    package static let longest = 16 << 20

    /// What to send as `Last-Event-ID` when the stream is taken up again.
    package private(set) var lastID: String?
    /// How long the stream asks to wait before it is taken up again, in milliseconds; at most an hour.
    package private(set) var retryMs: Int64?

    private var line: [UInt8] = []
    private var afterCarriageReturn = false
    private var isFirstLine = true
    /// What the event under way says; it counts when the event is whole.
    private var nextID: String?
    private var event = ""
    private var data = ""
    private var hasData = false
    private var held = 0

    /// - Parameter lastID: where the stream was taken up.
    package init(lastID: String? = nil) { (self.lastID, nextID) = (lastID, lastID) }

    /// The events that are complete with these bytes. What is not waits for more; at the stream's end it is dropped.
    /// - Throws: ``StreamError`` for an event that is too long.
    package mutating func feed(_ bytes: ByteBuffer) throws(StreamError) -> [StreamedEvent] {
        var found: [StreamedEvent] = []
        for byte in bytes.readableBytesView {
            switch byte {
            case 0x0A where afterCarriageReturn: afterCarriageReturn = false
            case 0x0A, 0x0D:
                afterCarriageReturn = byte == 0x0D
                if let event = endLine() { found.append(event) }
            default:
                afterCarriageReturn = false
                held += 1
                guard held <= Self.longest else {
                    throw StreamError(reason: "an event is longer than \(Self.longest >> 20) MiB")
                }
                line.append(byte)
            }
        }
        return found
    }

    private mutating func endLine() -> StreamedEvent? {
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        guard colon != 0 else { return nil }
        let name = line[..<(colon ?? line.endIndex)]
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value = value.dropFirst() }
        take(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        return nil
    }

    private mutating func take(_ name: String, _ value: String) {
        switch name {
        case "event": event = value
        case "data":
            if hasData { data += "\n" }
            data += value
            hasData = true
        case "id": if !value.contains("\0") { nextID = value.isEmpty ? nil : value }
        case "retry":
            if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                retryMs = min(Int64(value) ?? .max, 3_600_000)
            }
        default: break
        }
    }

    private mutating func dispatch() -> StreamedEvent? {
        defer { (event, data, hasData, held) = ("", "", false, 0) }
        lastID = nextID
        guard hasData else { return nil }
        return StreamedEvent(event: event.isEmpty ? "message" : event, data: data, id: lastID)
    }
}

/// A stream that cannot be read any further.
package struct StreamError: Error, Sendable, Equatable {
    package var reason: String
}
