import ArgumentParser
import CallProtocol
import Operations

/// `capstan container top`
struct ContainerTopCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "The processes in a container.",
        discussion: .flowing(
            """
            Example:
              capstan container top web
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String
    @OptionGroup var choice: NodeChoice
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        let top = try await connector.ask(
            ContainerOperations.top, ContainerTopInput(container: place.container), node: place.node, until: deadline)
        await connector.close()
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: top)) {
            let width = top.titles.count
            let rows = top.processes.map { process in
                (0..<width).map { Table.Cell($0 < process.count ? process[$0] : nil) }
            }
            return Table(top.titles.map { .init($0) }, rows: rows).text(coloured: printer.isColoured)
        }
    }
}
