package import CallProtocol
package import NIOCore

/// The first envelope of a stream, and what followed it in the same bytes.
package struct Opening: Sendable {
    package var id: String
    package var request: CallRequest
    package var rest: ByteBuffer

    package init(id: String, request: CallRequest, rest: ByteBuffer) {
        self.id = id
        self.request = request
        self.rest = rest
    }
}

/// Reads the opening of a call out of bytes as they arrive. A value, used by tasks and on event loops alike.
package struct OpeningReader: Sendable {
    package enum Outcome: Sendable {
        case needsMore
        case opened(Opening)
        /// The envelope was whole, its request was not: to be answered with `call.error`.
        case refused(id: String, CallError)
    }

    private var decoder: EnvelopeDecoder

    package init(limit: Int = Envelope.maximumLength) {
        decoder = EnvelopeDecoder(limit: limit)
    }

    /// - Throws: ``EnvelopeError``, to be answered with RESET `frame`.
    package mutating func feed(_ bytes: ByteBuffer) throws(EnvelopeError) -> Outcome {
        decoder.append(bytes)
        while let envelope = try decoder.next() {
            guard envelope.kind == .requested else { continue }
            do {
                let request = try CallRequest(payload: envelope.payload)
                return .opened(Opening(id: envelope.id, request: request, rest: decoder.takeRest()))
            } catch let error as DecodingError {
                return .refused(
                    id: envelope.id, CallError(.invalidInput, "call.requested: \(JSONCoding.sentence(error))"))
            } catch {
                return .refused(id: envelope.id, CallError(.invalidInput, "call.requested: \(error)"))
            }
        }
        return .needsMore
    }

    package var pendingBytes: Int { decoder.pendingBytes }

    /// To be called when the stream ended before a call was opened.
    package func finish() throws(EnvelopeError) { try decoder.finish() }
}
