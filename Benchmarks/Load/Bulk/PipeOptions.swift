import NIOCore
import NIOPosix

/// The bare pipe's socket: what a link sets that changes how bulk bytes flow, so that both stand alike.
enum PipeOptions {
    static let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 128 * 1024, high: 512 * 1024)
    static let receive = AdaptiveRecvByteBufferAllocator(minimum: 2 * 1024, initial: 16 * 1024, maximum: 256 * 1024)
}
