import ArgumentParser
import CallProtocol
import Operations

/// `capstan container inspect`
struct ContainerInspect: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "One container with all that is known of it.",
        discussion: .flowing(
            """
            --raw gives the engine's own document.

            Example:
              capstan container inspect web
              capstan container inspect web --raw -o json
            """))

    @Argument(help: "Id, name, or a unique beginning of the id.", completion: .containers) var container: String

    @OptionGroup var choice: NodeChoice

    @Flag(help: "The engine's own document.") var raw = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let place = try await choice.find(container, connector, until: deadline)
        let view = try await connector.ask(
            ContainerOperations.inspect, ContainerInspectInput(container: place.container, raw: raw ? true : nil),
            node: place.node, until: deadline)
        await connector.close()
        let printer = global.printer
        if raw, let document = view.raw { return try await printer.value(document) { document.pretty() + "\n" } }
        try await printer.value(try JSONCoding.value(of: view)) {
            view.fields(printer).text(coloured: printer.isColoured)
        }
    }
}

extension ContainerView {
    /// The container for people.
    func fields(_ printer: Printer) -> FieldList {
        var list = FieldList()
        list.add("name", name)
        list.add("id", id)
        list.add("image", image)
        list.add("state", stateText, .state(state))
        list.add("created", printer.ago(createdAt))
        list.add("started", printer.ago(startedAt))
        list.add("ended", printer.ago(endedAt))
        list.add("command", command.map { $0.joined(separator: " ") })
        list.add("restarts", restartCount.flatMap { $0 > 0 ? "\($0)" : nil })
        if !ports.isEmpty { list.add("ports", portsText) }
        for mount in mounts {
            let mode = mount.readOnly ?? false ? ", read-only" : ""
            list.add("mount", "\(mount.source ?? "tmpfs") on \(mount.target)\(mode)")
        }
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { list.add("label", "\(key)=\(value)") }
        for variable in env ?? [] { list.add("env", variable) }
        return list
    }

    private var stateText: String {
        guard let exitCode else { return state }
        return "\(state), code \(exitCode)" + (oomKilled ?? false ? ", out of memory" : "")
    }
}
