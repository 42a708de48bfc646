import ArgumentParser
import Operations

/// `capstan container rename`
struct ContainerRename: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a container another name.",
        discussion: .flowing(
            """
            Example:
              capstan container rename web web-old
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String
    @Argument(help: "The new name.") var name: String
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        _ = try await connector.ask(
            ContainerOperations.rename, ContainerRenameInput(container: place.container, name: name), node: place.node,
            until: deadline)
        await connector.close()
        global.printer.notice("\(container) is called \(name) now")
    }
}
