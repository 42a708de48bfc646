import CallProtocol
package import NIOCore
import NIOHTTP1

/// The answer to one request, read by one task as it comes: what is not asked for is not read.
package struct EngineAnswer {
    package let status: Int
    let headers: HTTPHeaders
    private var parts: NIOAsyncChannelInboundStream<EnginePart>.AsyncIterator
    /// Where bytes go to: the rest of a streamed body, or the other side of an upgraded connection.
    package let output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let isUpgraded: Bool
    private var isOver = false

    /// The longest answer that is read as a whole, in bytes.
    static let wholeLimit = 64 << 20

    /// Waits for the head.
    init(
        _ parts: NIOAsyncChannelInboundStream<EnginePart>, _ output: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async throws {
        var iterator = parts.makeAsyncIterator()
        guard case .head(let status, let headers)? = try await iterator.next(isolation: #isolation) else {
            try Task.checkCancellation()
            throw EngineError.broken("it closed the connection before it answered")
        }
        self.status = status
        self.headers = headers
        isUpgraded = status == 101
        self.parts = iterator
        self.output = output
    }

    /// A field of the head.
    package func header(_ name: String) -> String? { headers.first(name: name) }

    /// The next bytes; nil after the last.
    /// - Throws: ``EngineError/broken(_:)`` when the answer ends before its end.
    package mutating func next() async throws -> ByteBuffer? {
        guard !isOver else { return nil }
        switch try await parts.next(isolation: #isolation) {
        case .bytes(let bytes): return bytes
        case .head: throw EngineError.malformed("two heads in one answer")
        case .end: isOver = true
        case nil:
            try Task.checkCancellation()
            guard isUpgraded else { throw EngineError.broken("the connection was closed") }
            isOver = true
        }
        return nil
    }

    /// All that is left.
    /// - Throws: ``EngineError/malformed(_:)`` beyond 64 MiB.
    package mutating func whole() async throws -> ByteBuffer {
        var all = ByteBuffer()
        while var bytes = try await next() {
            guard all.readableBytes + bytes.readableBytes <= Self.wholeLimit else {
                throw EngineError.malformed("an answer longer than \(Self.wholeLimit >> 20) MiB")
            }
            all.writeBuffer(&bytes)
        }
        return all
    }

    /// Throws what the engine says when it refused; a status below 400 passes.
    package mutating func check() async throws {
        guard status >= 400 else { return }
        throw EngineError.refused(status: status, message: Self.message(in: try await whole(), status))
    }

    /// The words of a refusal: `{"message":"..."}`, as both engines write it, or what stands there else.
    static func message(in body: ByteBuffer, _ status: Int) -> String {
        let value = try? RawJSON(validating: body).value()
        if let text = (value?["message"] ?? value?["cause"])?.stringValue, !text.isEmpty { return text }
        var body = body
        let text = body.readString(length: min(body.readableBytes, 300)) ?? ""
        return text.isEmpty ? "status \(status) without a reason" : text
    }
}
