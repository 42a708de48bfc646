import ArgumentParser
import CallProtocol
import Glibc
import Operations

/// `capstan container copy-out`
struct ContainerCopyOut: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy-out", abstract: "A file or folder of a container, as a tar archive on stdout.",
        discussion: .flowing(
            """
            Example:
              capstan container copy-out web /etc/nginx | tar -x
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String
    @Argument(help: "The file or folder in the container.") var path: String
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard isatty(1) != 1 else {
            throw Failure.misuse(
                "stdout is a terminal; send the archive elsewhere: capstan container copy-out ... | tar -x")
        }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        let calls = try await connector.connection(until: deadline).calls
        let (_, stream) = try await calls.session(
            ContainerOperations.copyOut, ContainerPath(container: place.container, path: path),
            .init(node: .named(place.node), deadlineMs: deadline.callMs))
        try await ByteSession(stream: stream).download(to: global.printer.output)
        await connector.close()
    }
}
