package import CallProtocol
package import NIOCore

/// What a ``FakeHTTPServer`` answers, or does in place of an answer.
package struct FakeResponse: Sendable {
    package enum Body: Sendable {
        /// Sent with its length.
        case bytes(ByteBuffer)
        /// Sent in chunks, each written by itself.
        case chunks([ByteBuffer])
        /// Sent in chunks as they come, until the stream ends or the client goes.
        case stream(AsyncStream<ByteBuffer>)
    }

    package enum Ending: Sendable, Hashable {
        case complete
        /// Only so many bytes of the body are sent, under the length of all of them; then the connection ends.
        case cut(afterBytes: Int)
        /// Nothing is sent, and the connection ends.
        case silence
    }

    package var status: Int
    /// Sent as they are. Without a Content-Length or Transfer-Encoding among them, one that fits the body is added.
    package var headers: [HeaderLine]
    package var body: Body
    package var ending = Ending.complete
    /// Time before the first byte, or before the connection ends.
    package var delay = Duration.zero

    package init(_ status: Int = 200, headers: [HeaderLine] = [], body: Body = .bytes(ByteBuffer())) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer of text.
    package static func text(
        _ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8", headers: [HeaderLine] = []
    ) -> FakeResponse {
        FakeResponse(
            status, headers: [HeaderLine("Content-Type", type)] + headers, body: .bytes(ByteBuffer(string: text)))
    }

    /// An answer of JSON.
    package static func json(
        _ value: JSONValue, status: Int = 200, type: String = "application/json", headers: [HeaderLine] = []
    ) -> FakeResponse {
        .text(value.description, status: status, type: type, headers: headers)
    }

    /// The connection ends without an answer, after a while.
    package static func noAnswer(after delay: Duration = .zero) -> FakeResponse {
        var response = FakeResponse(500)
        response.ending = .silence
        response.delay = delay
        return response
    }

    /// Whether the status says that what was asked was done.
    package var isSuccess: Bool { (200..<300).contains(status) }

    /// The bytes of a body that is known as a whole; nil for a stream.
    package var bytes: ByteBuffer? {
        switch body {
        case .bytes(let bytes): return bytes
        case .chunks(let chunks):
            return chunks.reduce(into: ByteBuffer()) { all, chunk in all.writeImmutableBuffer(chunk) }
        case .stream: return nil
        }
    }
}
