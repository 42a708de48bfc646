import ArgumentParser
import Daemon
import Formats

struct SpokeRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run the spoke until SIGTERM or Ctrl-C.",
        discussion: .flowing(
            """
            A machine that has not joined yet joins by itself with the token in CAPSTAN_JOIN, however long the hub is away.
            The log is spoke.log in the state directory; what was done on the machine, and for whom, stands there too.
            Lines on stdout say when the link comes and goes.
            A hub that is away is dialled until it is back; one that has removed this node ends the spoke with exit code 77.

            Example:
              capstan spoke run --state-dir ./spoke
              CAPSTAN_JOIN=cap1_... capstan spoke run --state-dir ./spoke
            """))

    @Option(help: "Where the spoke keeps its state.", completion: .directory)
    var stateDir: String?

    @Option(help: "What to do when the state directory was made on another machine: refuse, warn or allow.")
    var clonePolicy: String?

    @Option(help: "With CAPSTAN_JOIN: what the node is to be called.")
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Which rented machine this is, for a token that is bound to one; else CAPSTAN_INSTANCE says it.",
            valueName: "id"))
    var instance: String?

    @Option(
        help: "How long a stop waits for calls and sessions that are under way.",
        transform: { try DurationText.parse($0) })
    var drain: Duration = .seconds(5)

    @Flag(inversion: .prefixedNo, help: "Record what terminals show; so it is on rented machines when left out.")
    var record: Bool?

    func run() async throws {
        let policy = try clonePolicy.map { text in
            guard let policy = ClonePolicy(rawValue: text) else {
                throw Failure.misuse("--clone-policy is refuse, warn or allow, not `\(CellText.line(text))`")
            }
            return policy
        }
        let directory = try StateDirectory.own(.spoke, flag: stateDir)
        try await SpokeDaemon(
            directory: directory, policy: policy, name: name, instance: instance, drain: drain, records: record
        ).run()
    }
}
