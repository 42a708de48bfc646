import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that keeps each request's bytes as they came, and answers `{}` to all.
///
/// It knows of HTTP only where a request ends: by its `Content-Length`, or behind the head where there is none.
package final class WireRecorder: Sendable {
    private let listener: any Channel
    private let requests: Requests

    private init(_ listener: any Channel, _ requests: Requests) {
        self.listener = listener
        self.requests = requests
    }

    package static func with<Value>(_ body: (WireRecorder) async throws -> Value) async throws -> Value {
        let requests = Requests()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Collector(requests))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let recorder = WireRecorder(listener, requests)
        let result: Result<Value, any Error>
        do { result = .success(try await body(recorder)) } catch { result = .failure(error) }
        try? await listener.close().get()
        return try result.get()
    }

    package var port: Int { listener.localAddress?.port ?? 0 }

    /// Takes the requests so far, in order.
    package func take() -> [[UInt8]] {
        requests.kept.withLock { kept in
            defer { kept = [] }
            return kept
        }
    }

    private final class Requests: Sendable {
        let kept = Mutex<[[UInt8]]>([])
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let requests: Requests
        private var bytes: [UInt8] = []

        init(_ requests: Requests) { self.requests = requests }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += Array(unwrapInboundIn(data).readableBytesView)
            while let length = wholeRequest() {
                let request = Array(bytes.prefix(length))
                requests.kept.withLock { $0.append(request) }
                bytes.removeFirst(length)
                let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            }
        }

        /// Bytes of the request that is there whole.
        private func wholeRequest() -> Int? {
            guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
            let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            var length = 0
            for line in head.split(whereSeparator: \.isNewline) where line.lowercased().hasPrefix("content-length:") {
                length = Int(line.drop { !$0.isNumber }) ?? 0
            }
            let whole = end.upperBound + length
            return bytes.count >= whole ? whole : nil
        }
    }
}
