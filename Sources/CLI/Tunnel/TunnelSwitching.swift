import ArgumentParser
import CallProtocol
import Operations

/// `capstan tunnel enable`
struct TunnelEnable: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Take connections again, at the same address.",
        discussion: .flowing(
            """
            Example:
              capstan tunnel enable db
            """))

    @Argument(help: "Its id, a unique beginning of it, or its label.", completion: .tunnels) var tunnel: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(TunnelOperations.enable, TunnelRef(id: tunnel))
        try await global.printer.value(try JSONCoding.value(of: view)) { "" }
        global.printer.notice("\(tunnel) takes connections again; capstan tunnel show \(tunnel) says how far it is")
    }
}

/// `capstan tunnel disable`
struct TunnelDisable: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Take no connections, and reset those that stand; the address is kept.",
        discussion: .flowing(
            """
            Example:
              capstan tunnel disable db
            """))

    @Argument(help: "Its id, a unique beginning of it, or its label.", completion: .tunnels) var tunnel: String
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let view = try await ask(TunnelOperations.disable, TunnelRef(id: tunnel))
        try await global.printer.value(try JSONCoding.value(of: view)) { "" }
        global.printer.notice("\(tunnel) takes no connections")
    }
}

/// `capstan tunnel delete`
struct TunnelDelete: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Close tunnels, reset their connections, and free their addresses.",
        discussion: .flowing(
            """
            Example:
              capstan tunnel delete db
            """))

    @Argument(help: "Ids, unique beginnings of ids, or labels.", completion: .tunnels) var tunnels: [String]
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let (connector, deadline) = (try await connector(), Deadline(in: global.wait))
        for tunnel in tunnels {
            _ = try await connector.ask(TunnelOperations.delete, TunnelRef(id: tunnel), until: deadline)
            global.printer.notice("\(tunnel) is deleted")
        }
        await connector.close()
    }
}
