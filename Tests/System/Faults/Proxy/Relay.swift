import NIOCore
import TestKit

/// One direction of a connection through a ``FaultProxy``: reads from its own channel, writes to the other's.
///
/// Lives on the event loop of both. What waits is bounded: past the limit nothing more is read, and TCP holds the sender.
final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Bytes that may wait.
    private static let limit = 1 << 20

    private let line: Line
    private let other: any Channel
    private var own: (any Channel)?
    /// The other direction.
    var partner: Relay?
    private var waiting = CircularBuffer<(bytes: ByteBuffer, since: NIODeadline)>()
    private var waitingBytes = 0
    private var isReading = true
    private var hasEnded = false
    private var isDead = false
    private var alarm: Scheduled<Void>?
    private var random: SeededRandom

    init(to other: any Channel, _ line: Line, seed: UInt64) {
        self.other = other
        self.line = line
        random = SeededRandom(seed: seed)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        own = context.channel
        if line.weather == .dead { die() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDead else { return }
        let bytes = unwrapInboundIn(data)
        waiting.append((bytes, .now()))
        waitingBytes += bytes.readableBytes
        pump()
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        pump()
        partner?.partner = nil
        partner = nil
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { partner?.pump() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// The line is another now, or was for a moment: what dies once is dead.
    func weatherChanged(to weather: Weather) {
        if weather == .dead { die() }
        alarm?.cancel()
        alarm = nil
        pump()
    }

    /// From here on everything is swallowed.
    private func die() {
        isDead = true
        waiting.removeAll()
        waitingBytes = 0
        limitReading()
    }

    /// Passes on what the weather lets through, and the end behind it.
    private func pump() {
        guard !isDead else { return }
        var isWritten = false
        while alarm == nil, other.isWritable, let part = takePart() {
            other.write(part, promise: nil)
            isWritten = true
        }
        if isWritten { other.flush() }
        limitReading()
        if hasEnded, waiting.isEmpty { other.close(promise: nil) }
    }

    /// The next portion that is due; nil where nothing is, or where it has to wait.
    private func takePart() -> ByteBuffer? {
        guard let first = waiting.first else { return nil }
        switch line.weather {
        case .stalled, .dead: return nil
        case .fair: return takeWhole()
        case .delayed(let pause):
            let due = first.since + .milliseconds(Int64(pause))
            guard due > .now() else { return takeWhole() }
            ring(at: due)
            return nil
        case .trickling(let bytes, let pause):
            ring(at: .now() + .milliseconds(Int64(pause)))
            let part = waiting[waiting.startIndex].bytes.readSlice(length: min(bytes, first.bytes.readableBytes))
            if waiting[waiting.startIndex].bytes.readableBytes == 0 { waiting.removeFirst() }
            waitingBytes -= part?.readableBytes ?? 0
            return part
        case .corrupting(let portions):
            guard var part = takeWhole() else { return nil }
            if random.int(1...portions) == 1, part.readableBytes > 0 {
                let place = part.readerIndex + random.int(0...(part.readableBytes - 1))
                let byte = part.getInteger(at: place, as: UInt8.self) ?? 0
                part.setInteger(byte ^ (1 << UInt8(random.int(0...7))), at: place)
            }
            return part
        }
    }

    private func takeWhole() -> ByteBuffer? {
        guard let bytes = waiting.popFirst()?.bytes else { return nil }
        waitingBytes -= bytes.readableBytes
        return bytes
    }

    private func ring(at due: NIODeadline) {
        guard let loop = own?.eventLoop else { return }
        alarm = loop.assumeIsolated().scheduleTask(deadline: due) { [weak self] in
            self?.alarm = nil
            self?.pump()
        }
    }

    private func limitReading() {
        let reads = waitingBytes < Self.limit
        guard reads != isReading else { return }
        isReading = reads
        own?.setOption(.autoRead, value: reads).whenFailure { _ in }
    }
}
