package import NIOCore

/// `[length u32][UTF-8 JSON {"type","id","payload"}]`: the opening of every call, and all of a `json` carriage.
package struct Envelope: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case requested, responded, completed, aborted, error
        /// A type of a later version: ignored.
        case unknown(String)
    }

    package var kind: Kind
    /// Echoed by the answering side; for logs, and for carriers without streams.
    package var id: String
    package var payload: RawJSON

    package init(_ kind: Kind, id: String, payload: RawJSON) {
        self.kind = kind
        self.id = id
        self.payload = payload
    }

    /// Bytes of JSON, at least 1 and at most this.
    package static let maximumLength = 64 * 1024 * 1024
    /// Bytes to be left for what stands around the value that an envelope carries: id, type and braces.
    package static let overhead = 4 * 1024
    /// Bytes of an id, at most.
    package static let maximumID = 256

    package static func completed(id: String) -> Envelope { Envelope(.completed, id: id, payload: .emptyObject) }
    package static func aborted(id: String) -> Envelope { Envelope(.aborted, id: id, payload: .emptyObject) }
}

extension Envelope.Kind {
    package var name: String {
        switch self {
        case .requested: "call.requested"
        case .responded: "call.responded"
        case .completed: "call.completed"
        case .aborted: "call.aborted"
        case .error: "call.error"
        case .unknown(let name): name
        }
    }

    init(name: String) {
        switch name {
        case "call.requested": self = .requested
        case "call.responded": self = .responded
        case "call.completed": self = .completed
        case "call.aborted": self = .aborted
        case "call.error": self = .error
        default: self = .unknown(name)
        }
    }
}

extension ByteBuffer {
    /// Appends the envelope with its length.
    package mutating func writeEnvelope(_ envelope: Envelope) {
        writeEnvelope(envelope.kind, id: envelope.id) { $0.raw(envelope.payload) }
    }

    /// Appends an envelope with its length.
    /// - Parameter payload: writes one value.
    package mutating func writeEnvelope(_ kind: Envelope.Kind, id: String, payload: (inout JSONWriter) -> Void) {
        let start = writerIndex
        writeInteger(UInt32(0))
        var writer = JSONWriter(self)
        // The writer holds the only reference while it appends, so that nothing is copied.
        self = ByteBuffer()
        writer.beginObject()
        writer.key("type")
        writer.string(kind.name)
        writer.key("id")
        writer.string(id)
        writer.key("payload")
        payload(&writer)
        writer.endObject()
        self = writer.buffer
        setInteger(UInt32(writerIndex - start - 4), at: start)
    }
}
