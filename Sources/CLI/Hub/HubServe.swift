import ArgumentParser
import Daemon
import Formats
import Link

struct HubServe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the hub until SIGTERM or Ctrl-C.",
        discussion: .flowing(
            """
            The first line on stdout says where it listens. The log is hub.log in the state directory.

            Example:
              capstan hub serve --listen 0.0.0.0:7443 --advertise hub.example:7443
            """))

    @Option(help: "Where the hub keeps its state.", completion: .directory)
    var stateDir: String?

    @Option(help: ArgumentHelp("Where links are taken; port 0 picks one.", valueName: "addr:port"))
    var listen = "127.0.0.1:7443"

    @OptionGroup var web: WebOptions

    @Option(help: ArgumentHelp("Where spokes and operators dial the hub; repeatable.", valueName: "host:port"))
    var advertise: [String] = []

    @Option(
        help: ArgumentHelp("The ports that tunnels may have here, or off for none.", valueName: "from-to|off"))
    var tunnelPorts = "20000-20999"

    @Option(
        help: ArgumentHelp(
            "Where connections of tunnels are taken; the address of --listen when left out.", valueName: "addr"))
    var tunnelListen: String?

    @Option(
        help: "How long after a node went offline its attempts are given up.", transform: { try DurationText.parse($0) }
    )
    var lostAfter: Duration = .seconds(600)

    @OptionGroup var rent: RentOptions

    @Option(
        help: "How long a stop waits for calls and sessions that are under way.",
        transform: { try DurationText.parse($0) })
    var drain: Duration = .seconds(5)

    func run() async throws {
        guard let address = HostPort(listen, defaultPort: HubAddresses.defaultPort) else {
            throw Failure.misuse("--listen: `\(CellText.line(listen))` is not ADDR:PORT")
        }
        let advertised = advertise.isEmpty ? nil : try HubAddresses.parse(advertise)
        if address.isWildcard, advertised == nil {
            throw Failure.misuse(
                "--listen \(address) takes links on every address; say with --advertise which one spokes are to dial",
                advice: "for example: "
                    + LocalAddresses.all().map { "--advertise \(HostPort(host: $0, port: address.port))" }
                    .joined(separator: ", or "))
        }
        let directory = try StateDirectory.own(.hub, flag: stateDir)
        try await HubDaemon(
            directory: directory, listen: address, web: try web.settings(), advertised: advertised,
            lostAfterMs: lostAfter.components.seconds * 1_000, drain: drain,
            rent: rent, tunnelPorts: try Self.ports(tunnelPorts), tunnelHost: tunnelListen ?? address.host
        ).run()
    }

    /// The range of `FROM-TO`; nil for `off`.
    static func ports(_ text: String) throws -> ClosedRange<Int>? {
        guard text != "off" else { return nil }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], 1...65_535 ~= first, first...65_535 ~= last
        else {
            throw Failure.misuse("--tunnel-ports: `\(CellText.line(text))` is neither FROM-TO, as 20000-20999, nor off")
        }
        return first...last
    }
}
