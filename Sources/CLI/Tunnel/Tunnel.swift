import ArgumentParser

/// `capstan tunnel`
struct Tunnel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tunnel", abstract: "Addresses at the hub that lead to endpoints near nodes.",
        discussion: .flowing(
            """
            A tunnel is a port of the hub, or a name for HTTP. Who connects to it comes out at the node and goes on to the \
            endpoint, which the node looks up; nothing listens there for it.

            Example:
              capstan tunnel listen --node gpu-1 --endpoint http://127.0.0.1:8888
              capstan tunnel create --node gpu-1 --endpoint tcp://db:5432 --label db
              capstan tunnel list
            """),
        subcommands: [
            TunnelCreate.self, TunnelList.self, TunnelShow.self, TunnelListen.self, TunnelUpdate.self,
            TunnelEnable.self, TunnelDisable.self, TunnelDelete.self, TunnelPs.self, TunnelStatus.self,
            TunnelLogs.self, TunnelStop.self, TunnelStart.self, TunnelInstall.self, TunnelUninstall.self,
            TunnelRun.self,
        ])
}
