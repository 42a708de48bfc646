import Agent
import ArgumentParser
import CallProtocol
import Daemon

struct SpokeAcceptHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept-host",
        abstract: "Say that this machine rightly took over the state directory of another.",
        discussion: .flowing(
            """
            Example:
              capstan spoke accept-host --state-dir ./spoke
            """))

    @Option(help: "Where the spoke keeps its state.", completion: .directory)
    var stateDir: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try StateDirectory.own(.spoke, flag: stateDir)
        try SpokeFiles(directory: directory).requireJoined()
        guard let accepted = try HostFingerprintFile(in: directory).accept() else {
            throw Failure(.failedPrecondition, "this machine has no machine id, so there is nothing to accept")
        }
        output.printer.notice("accepted: \(directory.path) belongs to host \(accepted.hostId) now")
    }
}
