import ArgumentParser
import CallProtocol
import Operations

/// `capstan container copy-in`
struct ContainerCopyIn: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy-in", abstract: "Unpack a tar archive from stdin into a folder of a container.",
        discussion: .flowing(
            """
            Example:
              tar -c site | capstan container copy-in web /srv
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String
    @Argument(help: "The folder in the container; it must be there.") var path: String
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let input = InputDescriptor()
        guard !input.isTerminal else {
            throw Failure.misuse(
                "stdin is a terminal; send an archive there: tar -c FILES | capstan container copy-in ...")
        }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        let calls = try await connector.connection(until: deadline).calls
        let (_, stream) = try await calls.session(
            ContainerOperations.copyIn, ContainerPath(container: place.container, path: path),
            .init(node: .named(place.node), deadlineMs: deadline.callMs))
        try await ByteSession(stream: stream).exchange(input, global.printer.output)
        await connector.close()
    }
}
