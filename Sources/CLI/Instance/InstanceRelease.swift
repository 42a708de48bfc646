import ArgumentParser
import CallProtocol
import Operations

/// `capstan instance release`
struct InstanceRelease: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Give a rented machine back when its work has ended.",
        discussion: .flowing(
            """
            It takes no more workloads, and is given back when those that run there have ended. With --force they are not
            waited for, and are tried again elsewhere. It has ended when the provider does not list it any more; Ctrl-C ends the
            waiting for that, not the release.

            Example:
              capstan instance release 7k2c9f
            """))

    @Argument(help: "Id, its beginning or its end, or name.") var instance: String
    @Flag(help: "Its work is not waited for.") var force = false
    @Flag(help: "Do not follow it until its end is proved.") var detach = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let input = InstanceReleaseInput(instance: instance, force: force ? true : nil)
        var view = try await ask(InstanceOperations.release, input)
        let printer = global.printer
        if !detach { view = try await follow(view, printer) }
        let shown = view
        try await printer.value(try JSONCoding.value(of: shown)) { FieldRows.text(shown.fields(printer)) }
    }
}

extension InstanceRelease {
    /// Follows an instance to its end, with a line for each step.
    private func follow(_ first: InstanceView, _ printer: Printer) async throws -> InstanceView {
        var (view, told) = (first, "")
        while true {
            let line = "\(view.name) \(view.state)" + (view.reason.map { ": \(CellText.line($0))" } ?? "")
            if line != told { printer.notice(line) }
            told = line
            if view.state == "terminated" { return view }
            try await Task.sleep(for: InstanceWatch.pause)
            view = try await ask(InstanceOperations.show, InstanceRef(instance: view.id))
        }
    }
}
