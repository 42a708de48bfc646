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
        (input.provider, input.gpus, input.gpuModel, input.vram) = (
            wish.provider, wish.gpus, wish.gpuModel, wish.vram
        )
        (input.cpus, input.memory, input.disk) = (wish.cpus, wish.memory, wish.disk)
        (input.maxPrice, input.region) = (wish.maxPrice, wish.region)
        (input.spot, input.image, input.idleMs) = (wish.spot ? true : nil, image, idle?.milliseconds)
        var view = try await ask(InstanceOperations.rent, input)
        let printer = global.printer
        if !detach { view = try await follow(view, until: ["active"], printer) }
        let shown = view
        try await printer.value(try JSONCoding.value(of: shown)) { FieldRows.text(shown.fields(printer)) }
        if !detach, view.state != "active" { throw Failure(.unavailable, view.reason ?? "it did not come") }
    }
}

extension HubCommand {
    private static var pause: Duration { .milliseconds(500) }

    /// Follows an instance, and those that come in its place, with a line for each step.
    func follow(_ first: InstanceView, until states: Set<String>, _ printer: Printer) async throws -> InstanceView {
        var (view, told) = (first, "")
        while true {
            let line = "\(view.name) \(view.state)" + (view.reason.map { ": \(CellText.line($0))" } ?? "")
            if line != told { printer.notice(line) }
            told = line
            if states.contains(view.state) { return view }
            if let next = view.successor {
                view = try await ask(InstanceOperations.show, InstanceRef(instance: next))
                continue
            }
            if view.state == "terminated", view.reason?.hasSuffix("another is looked for") != true { return view }
            try await Task.sleep(for: Self.pause)
            view = try await ask(InstanceOperations.show, InstanceRef(instance: view.id))
        }
    }
}
