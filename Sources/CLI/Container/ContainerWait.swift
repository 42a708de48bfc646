import ArgumentParser
import CallProtocol
import Operations

/// `capstan container wait`
struct ContainerWait: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until a container has ended, and print its exit code.",
        discussion: .flowing(
            """
            Example:
              capstan container wait job
              capstan container wait job --wait 10m
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        let exit = try await connector.ask(
            ContainerOperations.wait, ContainerRef(container: place.container), node: place.node, until: deadline)
        await connector.close()
        let printer = global.printer
        if exit.oomKilled { printer.notice("\(container) was ended for want of memory") }
        if let error = exit.error { printer.notice("\(container): \(error)") }
        try await printer.value(try JSONCoding.value(of: exit)) { "\(exit.exitCode)\n" }
    }
}
