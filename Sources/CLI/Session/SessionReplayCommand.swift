import ArgumentParser
import CallProtocol
import FoundationEssentials
import NIOCore
import Operations

/// `capstan session replay`
struct SessionReplayCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Show again what a session showed.",
        discussion: .flowing(
            """
            At the speed it had; --speed 0 at once. Pauses are two seconds at most. --cast writes an asciicast (version 2),
            which asciinema and its kin play.

            Example:
              capstan session replay train --speed 4
              capstan session replay train --cast > train.cast
            """))

    @Argument(help: "Its id, a unique beginning of it, or its name.", completion: .sessions) var session: String
    @Option(help: "How many times as fast as it was; 0 for at once.") var speed: Double = 1
    @Option(help: "The offset to begin at, in bytes of output.") var from: Int64 = 0
    @Flag(help: "Write an asciicast, at once.") var cast = false
    @OptionGroup var choice: SessionChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard speed >= 0, speed.isFinite else { throw Failure.misuse("--speed \(speed) is no speed; 0 is at once") }
        guard from >= 0 else { throw Failure.misuse("--from \(from) is no offset") }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(session, connector, until: deadline)
        let connection = try await connector.connection(until: deadline)
        let input = TTYReplayInput(session: place.view.session, from: from, speed: cast ? 0 : speed)
        let pieces = try connection.calls.subscribe(
            TTYOperations.replay, input, .init(node: .named(place.node.id)))
        let (output, errors) = (OutputDescriptor(1), OutputDescriptor(2))
        var writer = Asciicast(place.view)
        if cast { try await output.write(ByteBuffer(string: writer.header)) }
        while let piece = try await pieces.next() {
            if cast {
                for line in writer.lines(piece) { try await output.write(ByteBuffer(string: line)) }
            } else if let data = piece.data.flatMap({ Data(base64Encoded: $0) }) {
                try await (piece.kind == .stderr ? errors : output).write(ByteBuffer(bytes: data))
            } else if piece.kind == .gap {
                StandardError.write("\r\n[capstan: output is missing here]\r\n")
            }
        }
        await connector.close()
    }
}
