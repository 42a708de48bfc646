import ArgumentParser
import CallProtocol
import Daemon

struct SpokeStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Whether the spoke of this machine runs, and whether the hub has it.",
        discussion: .flowing(
            """
            Exit code 69 when no spoke runs here.

            Example:
              capstan spoke status --state-dir ./spoke -o json
            """))

    @Option(help: "Where the spoke keeps its state.", completion: .directory)
    var stateDir: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try StateDirectory.own(.spoke, flag: stateDir)
        let pid = try SpokeProcess.pid(in: directory)
        var value = pid == nil ? [:] : try SpokeStatusFile.read(directory) ?? [:]
        value["state"] = .string(pid == nil ? "stopped" : "running")
        if let pid { value["pid"] = .integer(Int64(pid)) }
        let (shown, printer) = (value, output.printer)
        guard let pid else {
            // For people the sentence on stderr says it all.
            if printer.format != .table { try await printer.value(shown) { "" } }
            throw Failure(
                .unavailable, "no spoke runs from \(directory.path)",
                advice: "start it with: capstan spoke run --state-dir \(directory.path)")
        }
        try await printer.value(shown) {
            let link = shown["link"]?.stringValue ?? "starting"
            let reason = shown["reason"]?.stringValue.map { " (\($0))" } ?? ""
            return "\(shown["node"]?.stringValue ?? "spoke") runs as pid \(pid), hub \(link)\(CellText.line(reason))\n"
        }
    }
}

/// The spoke that runs from a state directory, by its lock.
enum SpokeProcess {
    static func pid(in directory: StateDirectory) throws -> Int32? {
        try SingletonLock.holder(path: directory.file("spoke.lock"))
    }
}
