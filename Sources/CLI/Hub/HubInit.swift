import ArgumentParser
import CallProtocol
import Core
import Daemon
import Formats
import Link

struct HubInit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make a hub's key, database and first operator; print the first spoke token.",
        discussion: .flowing(
            """
            Example:
              capstan hub init --state-dir ./hub --advertise hub.example:7443
            """))

    @Option(help: "Where the hub keeps its state.", completion: .directory)
    var stateDir: String?

    @Option(help: ArgumentHelp("Where spokes and operators dial the hub; repeatable.", valueName: "host:port"))
    var advertise: [String] = []

    @Option(help: "What the first operator is called.")
    var name = "admin"

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try StateDirectory.own(.hub, flag: stateDir)
        let addresses = try HubAddresses.parse(advertise)
        let setup = HubSetup(directory: directory.path)
        let files = HubFiles(setup: setup)
        try files.requireRoom()
        try directory.create()
        let lock = try SingletonLock(path: directory.file("hub.lock"))
        defer { lock.release() }
        // Another init may have been at it until now.
        try files.requireRoom()
        try files.removeFresh()
        let (key, operatorKey) = (PeerKey(), PeerKey())
        let made = try await setup.initialise(
            key: key, operatorKey: operatorKey, operatorName: name, advertised: addresses, now: RFC3339.now())
        let store = try ContextStore()
        var context = HubContext(
            name: "hub", hub: addresses, fingerprints: [made.fingerprint], peerId: made.operatorID, peerName: name,
            key: operatorKey)
        context.name = store.newName(for: context)
        // Whoever works with a hub here goes on with it.
        let current = try store.current()
        try store.save(context, makeCurrent: current == nil)
        try AtomicFile.write(key.pem, to: setup.keyPath)
        try files.takeFresh()
        let printer = output.printer
        try await printer.value([
            "token": .string(made.token), "fingerprint": .string(made.fingerprint.text),
            "context": .string(context.name), "stateDir": .string(directory.path),
        ]) { made.token + "\n" }
        if advertise.isEmpty {
            printer.notice("spokes are told to dial \(addresses[0]); for other machines give --advertise HOST:PORT")
        }
        printer.notice(
            """
            hub \(made.fingerprint) is set up; you are its operator `\(name)` in the context \(context.name)
            start it:       capstan hub serve --state-dir \(directory.path) \(LocalAddresses.listening(for: addresses))
            join a machine: capstan spoke join TOKEN (the one above, valid for 15 minutes)
            """)
        if let current {
            printer.notice(
                "the current context stays \(current); for this hub: --context \(context.name), "
                    + "or capstan context use \(context.name)")
        }
    }
}

/// Addresses as the operator writes them.
enum HubAddresses {
    static let defaultPort = 7443

    /// Reads what was given, or the loopback default.
    static func parse(_ texts: [String]) throws -> [HostPort] {
        let addresses = try texts.map { text in
            guard let address = HostPort(text, defaultPort: defaultPort) else {
                throw Failure.misuse("`\(CellText.line(text))` is not HOST:PORT")
            }
            guard !address.isWildcard else {
                throw Failure.misuse(
                    "\(address) cannot be dialled; advertise an address of this machine",
                    advice: "its addresses: " + LocalAddresses.all().joined(separator: ", "))
            }
            return address
        }
        return addresses.isEmpty ? [HostPort(host: "127.0.0.1", port: defaultPort)] : addresses
    }
}
