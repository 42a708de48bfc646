import NIOCore
import NIOHTTP1

/// Writes one answer to a connection. It may be used from any task; a client that has gone is no error.
struct FakeResponseWriter: Sendable {
    let channel: any Channel
    let request: HTTPRequestHead

    func write(_ response: FakeResponse) async {
        if response.delay > .zero {
            // Cancelled when the client goes.
            guard (try? await Task.sleep(for: response.delay)) != nil else { return await close() }
        }
        do {
            switch response.ending {
            case .silence: await close()
            case .cut(let count):
                try await writeCut(response, count)
                await close()
            case .complete:
                try await writeWhole(response)
                if !isKeptAlive(response) { await close() }
            }
        } catch {
            await close()
        }
    }

    private func isKeptAlive(_ response: FakeResponse) -> Bool {
        request.isKeepAlive && !response.headers.values(of: "Connection").contains { $0.lowercased() == "close" }
    }

    private func close() async { try? await channel.close().get() }

    private func writeWhole(_ response: FakeResponse) async throws {
        switch response.body {
        case .bytes(let bytes):
            try await send(.head(head(response, length: bytes.readableBytes)))
            if hasBody(response), bytes.readableBytes > 0 { try await send(.body(.byteBuffer(bytes))) }
        case .chunks(let chunks):
            try await send(.head(head(response, length: nil)))
            for chunk in chunks where hasBody(response) { try await send(.body(.byteBuffer(chunk))) }
        case .stream(let stream):
            try await send(.head(head(response, length: nil)))
            for await chunk in stream where hasBody(response) { try await send(.body(.byteBuffer(chunk))) }
            // A stream also ends when the task is cancelled, because the client has gone.
            if Task.isCancelled { return await close() }
        }
        try await send(.end(nil))
    }

    private func writeCut(_ response: FakeResponse, _ count: Int) async throws {
        let bytes = response.bytes ?? ByteBuffer()
        try await send(.head(head(response, length: bytes.readableBytes)))
        guard let part = bytes.getSlice(at: bytes.readerIndex, length: min(max(count, 0), bytes.readableBytes)) else {
            return
        }
        if part.readableBytes > 0 { try await send(.body(.byteBuffer(part))) }
    }

    /// RFC 9110, 6.4.1: neither HEAD nor these statuses have one.
    private func hasBody(_ response: FakeResponse) -> Bool {
        request.method != .HEAD && response.status >= 200 && response.status != 204 && response.status != 304
    }

    private func head(_ response: FakeResponse, length: Int?) -> HTTPResponseHead {
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        let isFramed = headers.contains(name: "Content-Length") || headers.contains(name: "Transfer-Encoding")
        if let length, !isFramed, response.status != 204, response.status != 304 {
            headers.add(name: "Content-Length", value: String(length))
        }
        return HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
    }

    private func send(_ part: HTTPServerResponsePart) async throws {
        try await channel.writeAndFlush(part).get()
    }
}
