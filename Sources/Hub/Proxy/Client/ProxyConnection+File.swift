import NIOCore
import NIOHTTP1

/// The answer that is a file: the next piece is read when the client has taken the one before.
extension ProxyConnection {
    private static let piece = 256 << 10

    func send(_ file: any ProxyFile, from offset: Int64 = 0, isKept: Bool) {
        guard let context else { return }
        guard offset < file.size else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            return isKept ? becomeIdle() : closeGently()
        }
        // Too short an answer is no answer: the client sees it by the length that was said.
        guard let bytes = file.bytes(at: offset, atMost: Self.piece), bytes.readableBytes > 0 else {
            return context.close(promise: nil)
        }
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        patience.flush { self.send(file, from: offset + Int64(bytes.readableBytes), isKept: isKept) }
    }
}
