import Agent
import ArgumentParser
import CallProtocol
import Daemon
import Link
import NIOPosix
import Operations

/// `capstan spoke join`
struct SpokeJoin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Enrol this machine as a node, with a token.",
        discussion: .flowing(
            """
            The key is made here and never leaves the machine. Joining again with the same token is safe after a lost
            answer; a directory that a spoke has joined from is refused until it is moved away.

            Example:
              capstan spoke join cap1_... --state-dir ./spoke --name gpu-1 --label gpu=true
              capstan spoke join @/run/join-token --label rack=7
              capstan spoke join @/run/join-token --instance i-0abc12
            """))

    @Argument(help: "The token; - reads it from stdin, @FILE from a file.")
    var token: String

    @Option(help: "Where the spoke keeps its state.", completion: .directory)
    var stateDir: String?

    @Option(help: "What the node is to be called; left out, the host name, numbered where it is taken.")
    var name: String?

    @Option(name: .customLong("label"), help: ArgumentHelp("A label of the node; repeatable.", valueName: "key=value"))
    var labels: [String] = []

    @Option(
        help: ArgumentHelp(
            "Which rented machine this is, for a token that is bound to one; else CAPSTAN_INSTANCE says it.",
            valueName: "id"))
    var instance: String?

    @OptionGroup var output: OutputOptions

    /// What to do with the directory of a spoke that the hub does not know any more. It is kept, not overwritten:
    /// results that the hub has never fetched lie in it, and its key may be one that another hub knows.
    static func adviceToJoinAnew(from directory: StateDirectory) -> String {
        "move its directory away, then join with a new token: "
            + "mv \(directory.path) \(directory.path).removed; capstan spoke join TOKEN --state-dir \(directory.path)"
    }

    func run() async throws {
        let token = try JoinToken(try await InputText.resolve(token, limit: JoinToken.maximumLength))
        let labels = try Label.parse(labels)
        let directory = try StateDirectory.own(.spoke, flag: stateDir)
        try directory.create()
        if let identity = try SpokeIdentity.load(from: directory) {
            throw Failure(
                .failedPrecondition, "a spoke has joined from \(directory.path) already, as \(identity.name)",
                advice: "start it with: capstan spoke run --state-dir \(directory.path)\n  if the hub has removed it: "
                    + Self.adviceToJoinAnew(from: directory))
        }
        let instance = try ProviderInstance.resolve(
            flag: instance, environment: Environment.all, directory: directory)
        let key = try SpokeIdentity.loadOrMakeKey(in: directory)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let enrolled = try await Enroller.join(
            token: token, as: .spoke, name: name, labels: labels, facts: MachineFacts.read(instance: instance),
            key: key, group: group,
            software: Version.software)
        try SpokeIdentity(key: key, token: token, output: enrolled).save(to: directory)
        let printer = output.printer
        try await printer.value([
            "id": .string(enrolled.peerId), "name": .string(enrolled.name), "approved": .bool(enrolled.approved),
            "stateDir": .string(directory.path),
        ]) { "joined as \(CellText.line(enrolled.name)) (\(enrolled.peerId))\n" }
        if !enrolled.approved {
            printer.notice("an operator has to approve it: capstan node approve \(enrolled.name)")
        }
        printer.notice("start it with: capstan spoke run --state-dir \(directory.path)")
    }
}
