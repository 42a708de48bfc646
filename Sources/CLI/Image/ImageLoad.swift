import ArgumentParser
import CallProtocol
import Operations

/// `capstan image load`
struct ImageLoad: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Bring images to a node as a tar archive, for want of a registry.",
        discussion: .flowing(
            """
            The archive is what `docker save` writes; it is read from stdin.

            Example:
              docker save app | capstan image load --node gpu-1
              capstan image load --node gpu-1 < app.tar
            """))

    @Option(help: "The node.", completion: .nodes) var node: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let input = InputDescriptor()
        guard !input.isTerminal else {
            throw Failure.misuse(
                "stdin is a terminal; send the archive there: capstan image load --node \(node) < FILE")
        }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let calls = try await connector.connection(until: deadline).calls
        let (_, stream) = try await calls.session(
            ImageOperations.load, Empty(), .init(node: .named(node), deadlineMs: deadline.callMs))
        try await ByteSession(stream: stream).exchange(input, global.printer.output)
        await connector.close()
    }
}
