import ArgumentParser
import CallProtocol
import Formats
import Operations

/// `capstan instance rent`
struct InstanceRent: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "rent", abstract: "Rent the cheapest machine that fits; it becomes a node by itself.",
        discussion: .flowing(
            """
            What it may cost is held back from the budgets before the provider is asked. An offer that cannot be had, or
            whose machine does not come, is followed by the next cheapest. The command follows it until the node is there;
            Ctrl-C ends that, not the renting.

            Example:
              capstan instance rent --gpu-model 4090 --max-price 0.50
              capstan instance rent --cpus 4 --memory 8G --idle 2h --detach
            """))

    @OptionGroup var wish: OfferOptions
    @Option(help: "The container image it begins with; any that has a shell.") var image: String?
    @Option(
        help: ArgumentHelp("Given back after so long with nothing to do; else 10m.", valueName: "duration"),
        transform: { try DurationText.parse($0) })
    var idle: Duration?
    @Flag(help: "Do not follow it until it is a node.") var detach = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        var input = InstanceRentInput()
        (input.wish, input.image, input.idleMs) = (wish.input, image, idle?.milliseconds)
        var view = try await ask(InstanceOperations.rent, input)
        let printer = global.printer
        if !detach {
            let watch = InstanceWatch(connector: try await connector(), printer: printer, wait: global.wait)
            view = try await watch.run(from: view)
        }
        let shown = view
        try await printer.value(try JSONCoding.value(of: shown)) { FieldRows.text(shown.fields(printer)) }
        if !detach, view.state != "active" { throw Failure(.unavailable, view.reason ?? "it did not come") }
    }
}
