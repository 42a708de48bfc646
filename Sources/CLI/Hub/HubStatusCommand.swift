import ArgumentParser
import CallProtocol
import Operations

struct HubStatusCommand: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What the hub holds and how it does.",
        discussion: .flowing(
            """
            Example:
              capstan hub status -o json
            """))

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let status = try await ask(HubOperations.status, Empty())
        let printer = global.printer
        try await printer.value(try JSONCoding.value(of: status)) {
            func line(_ counts: [String: Int]) -> String {
                counts.isEmpty
                    ? "none" : counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            }
            return """
                hub        \(status.version)
                key        \(status.fingerprint)
                started    \(printer.ago(status.startedAt) ?? "")
                nodes      \(line(status.nodes))
                workloads  \(line(status.workloads))
                links      \(status.links)
                events     \(status.events)

                """
        }
    }
}
