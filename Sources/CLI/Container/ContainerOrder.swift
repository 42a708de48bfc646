/// What commands have that do one thing to containers.
protocol ContainerOrder: HubCommand {
    var containers: [String] { get }
    var choice: NodeChoice { get }
    /// What is said when it is done: `stopped`.
    static var done: String { get }
    func order(_ place: ContainerPlace, _ connector: HubConnector, _ deadline: Deadline) async throws
}

extension ContainerOrder {
    /// Does it to each in turn; one that fails does not keep it from the others.
    func runAll() async throws {
        guard !containers.isEmpty else { throw Failure.misuse("no container is named") }
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        let printer = global.printer
        var last: (any Error)?
        for name in containers {
            do {
                let place = try await choice.find(name, connector, until: deadline)
                try await order(place, connector, deadline)
                printer.notice("\(name) \(Self.done)")
            } catch {
                // Of several the last error is thrown, the others are told here.
                if let last { StandardError.write("capstan: \(CellText.line(Failure(last).message))\n") }
                last = error
            }
        }
        await connector.close()
        if let last { throw last }
    }
}
