package import CallProtocol
package import NIOCore

/// A whole request as it came over the wire.
package struct RecordedRequest: Sendable {
    /// Its place among all requests of the server, from 0.
    package let number: Int
    /// Which connection it came on, from 0: requests with the same number shared one.
    package let connection: Int
    package let arrival: ContinuousClock.Instant
    package let method: String
    package let target: RequestTarget
    /// The lines in order, with duplicates and in the case that was sent.
    package let headers: [HeaderLine]
    /// The body without its transfer coding.
    package let body: ByteBuffer

    /// The path, undecoded.
    package var path: String { target.path }

    /// The body as text.
    package var text: String { String(buffer: body) }

    /// The body as JSON; nil where it is none.
    package var json: JSONValue? { try? JSONParser.parse(body) }

    /// The first value of a header, nil where it is absent.
    package func header(_ name: String) -> String? { headers.values(of: name).first }

    /// What follows `Bearer` in the Authorization header; nil for any other scheme and for none.
    package var bearer: String? {
        guard let words = header("Authorization")?.split(separator: " "), words.count == 2 else { return nil }
        return words[0].lowercased() == "bearer" ? String(words[1]) : nil
    }
}

extension RecordedRequest: CustomStringConvertible {
    package var description: String { "\(method) \(target.raw) (\(body.readableBytes) bytes)" }
}
