import Agent
import ArgumentParser
import CallProtocol
import Daemon
import Link
import NIOPosix
import Operations

/// `capstan login`
struct Login: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Enrol this machine as an operator's, with a token.",
        discussion: .flowing(
            """
            Makes a key here, enrols it, and keeps hub and key as a new context that becomes the current one. Contexts that
            are there stay as they are.

            Example:
              capstan token create --kind operator        (where an operator is logged in)
              capstan login cap1_...                      (here)
              pass capstan-token | capstan login - --context production
            """))

    @Argument(help: "The token; - reads it from stdin, @FILE from a file.")
    var token: String

    @Option(help: "What the hub is to call this operator; left out, the host name, numbered where it is taken.")
    var name: String?

    @Option(
        help: "What the context is to be called; left out, it is named after the hub, numbered where that is taken.")
    var context: String?

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let token = try JoinToken(try await InputText.resolve(token, limit: JoinToken.maximumLength))
        if let context, !HubContext.isName(context) {
            throw Failure.misuse("`\(context)` cannot name a context: letters, digits, '.', '_' and '-' can")
        }
        let store = try ContextStore()
        if let context { try store.requireFree(context) }
        // Before the token is used up: whatever hinders keeping the key shows now.
        try store.directory.create()
        let key = PeerKey()
        let enrolled = try await Enroller.join(
            token: token, as: .operator_, name: name, labels: [:], facts: MachineFacts.read(), key: key,
            group: MultiThreadedEventLoopGroup(numberOfThreads: 1), software: Version.software)
        var entry = HubContext(name: context ?? "", key: key, token: token, output: enrolled)
        if context == nil { entry.name = store.newName(for: entry) }
        let before = try store.current()
        try store.save(entry, makeCurrent: true)
        let printer = output.printer
        try await printer.value([
            "context": .string(entry.name), "id": .string(entry.peerId), "name": .string(entry.peerName),
            "hub": .array(entry.hub.map { .string($0.description) }), "approved": .bool(enrolled.approved),
        ]) { "logged in as \(CellText.line(entry.peerName)); the context is \(entry.name)\n" }
        if let before {
            printer.notice("\(entry.name) is the current context now; back to the other: capstan context use \(before)")
        }
        printer.notice("next: capstan node list")
    }
}
