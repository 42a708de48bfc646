import CallProtocol
import NIOCore
import NIOEmbedded

@testable import Link

/// A whole link against a peer that says anything. The first byte says which side we are, whether the HELLOs are
/// exchanged before, and what is done with streams.
enum LinkTarget {
    static let target = FuzzTarget(name: "link", largest: 16_384, seeds: seeds, run: run)

    private static let peer = PeerIdentity(fingerprint: Fingerprint(spki: [1]), spki: [1], address: "fuzz")
    private static let instance = String(repeating: "0f", count: 16)
    private static let streams: UInt32 = 8

    /// The bits of the first byte.
    private struct Plan {
        let bits: UInt8
        var side: LinkStateMachine.Side { bits & 1 == 0 ? .listener : .dialler }
        var isReady: Bool { bits & 2 != 0 }
        var answers: Bool { bits & 4 != 0 }
        var opens: Bool { bits & 8 != 0 }
        var consumes: Bool { bits & 16 == 0 }
        var drains: Bool { bits & 32 != 0 }
    }

    @Sendable private static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let plan = Plan(bits: first)
        let user = LinkUser(answers: plan.answers, opens: plan.opens, consumes: plan.consumes)
        var mine = Hello(software: "fuzz", role: plan.side == .listener ? .hub : .spoke, instance: instance)
        mine.maxStreams = streams
        let handler = LinkHandler(
            side: plan.side, hello: mine, settings: LinkSettings(), delegate: user, budget: WindowBudget(), peer: peer)
        let channel = EmbeddedChannel(handler: handler)
        guard let address = try? SocketAddress(ipAddress: "127.0.0.1", port: 1) else { return }
        channel.connect(to: address, promise: nil)
        var heard = FrameDecoder()
        var sent = 0
        if plan.isReady { feed(hello(plan.side), channel, &heard, &sent) }
        var rest = bytes.dropFirst()
        var chance = Chance(bytes)
        while !rest.isEmpty {
            let part = rest.prefix(1 + chance.below(rest.count))
            rest = rest.dropFirst(part.count)
            feed(Array(part), channel, &heard, &sent)
            if chance.below(4) == 0 {
                channel.embeddedEventLoop.advanceTime(by: .milliseconds(Int64(chance.below(12_000))))
            }
            must(
                handler.openRemote >= 0 && handler.openRemote <= Int(streams), "\(handler.openRemote) streams are open")
            must(handler.streams.count <= Int(streams) + 4, "\(handler.streams.count) streams are kept")
        }
        if plan.drains { user.link?.drain(GoAway(code: .shutdown, reason: "enough")) }
        channel.embeddedEventLoop.advanceTime(by: .seconds(120))
        take(channel, &heard, &sent)
        must(!channel.isActive, "a link that hears nothing for so long has ended")
        _ = try? channel.finish(acceptAlreadyClosed: true)
        must(user.ends == 1, "a link ends once, not \(user.ends) times")
        user.checkStreams()
        must(sent <= 1 << 20 + 64 * bytes.count, "\(bytes.count) bytes were answered by \(sent)")
    }

    private static func feed(
        _ bytes: [UInt8], _ channel: EmbeddedChannel, _ heard: inout FrameDecoder, _ sent: inout Int
    ) {
        guard channel.isActive else { return }
        must((try? channel.writeInbound(ByteBuffer(bytes: bytes))) != nil, "no error reaches the pipeline's end")
        channel.embeddedEventLoop.run()
        take(channel, &heard, &sent)
    }

    /// What we say is frames, whatever we were told.
    private static func take(_ channel: EmbeddedChannel, _ heard: inout FrameDecoder, _ sent: inout Int) {
        do {
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
                sent += bytes.readableBytes
                heard.append(bytes)
                while try heard.next() != nil {}
            }
        } catch {
            must(false, "our own frames can be read: \(error)")
        }
    }

    private static func hello(_ side: LinkStateMachine.Side) -> [UInt8] {
        var hello = Hello(software: "peer", role: side == .listener ? .spoke : .hub, instance: instance)
        hello.maxStreams = 4
        return Seeds.bytes { $0.writeFrame(.hello(try JSONCoding.encode(hello).buffer)) }
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let talk: [Frame] = [
            .open(stream: 1, credit: 1000), .data(stream: 1, ByteBuffer(string: "hello")), .credit(stream: 1, bytes: 9),
            .open(stream: 3, credit: 0), .end(stream: 1), .reset(stream: 3, code: .aborted, reason: "enough"), .ping(1),
            .pong(1), .ignored(type: 200), .goAway(GoAway(code: .shutdown, reason: "", lastStream: 2)),
        ]
        let answers: [Frame] = [
            .credit(stream: 1, bytes: 70_000), .data(stream: 1, ByteBuffer(string: "x")), .end(stream: 1),
            .open(stream: 2, credit: .max), .open(stream: 4, credit: 5), .data(stream: 4, ByteBuffer(string: "y")),
        ]
        let bytes = [talk, answers].map { frames in Seeds.bytes { for frame in frames { $0.writeFrame(frame) } } }
        return (0..<64).map { [$0] + bytes[Int($0 & 1)] }
            + [0, 1].map { [$0] + hello($0 == 0 ? .listener : .dialler) + bytes[Int($0)] }
    }
}
