import CallProtocol
import Harness
import Link
import NIOCore
import NIOPosix
import Operations

/// The spoke's end of a bulk load: takes what comes on any stream of a real link, and ends the stream when it was ended.
enum BulkSink {
    /// Dials a hub of the benchmark and stays until stdin ends.
    static func run(address: String, fingerprint: String) async throws {
        guard let address = HostPort(address), let pin = Fingerprint(text: fingerprint) else { throw Misuse() }
        let hello = Hello(software: "capstan-bench", role: .spoke, instance: Hex.random(16))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let link = try await LinkDialler(key: PeerKey(), pins: HubPins([pin]), group: group)
            .dial([address], hello: hello) { stream, _ in stream.consumer = Drain(stream) }
        await LoadCommands.untilTold()
        link.abort()
    }

    private final class Drain: StreamConsumer {
        private let stream: LinkStream

        init(_ stream: LinkStream) { self.stream = stream }

        func streamReceived(_ bytes: ByteBuffer) { stream.consumed(bytes.readableBytes) }

        func streamEnded() { stream.end() }

        func streamFailed(_ failure: StreamFailure) {}

        func streamSent(_ bytes: Int) {}
    }
}
