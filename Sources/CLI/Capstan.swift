import ArgumentParser

/// The root of the command tree.
struct Capstan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capstan",
        abstract: "Any machines, your own and rented ones, as one fleet.",
        discussion: .flowing(
            """
            A hub is the one address; a spoke on each machine dials it. A first fleet on this machine:

              capstan hub init --state-dir /tmp/hub --advertise 127.0.0.1:7443
              capstan hub serve --state-dir /tmp/hub --listen 127.0.0.1:7443
              capstan spoke join TOKEN --state-dir /tmp/spoke --name one
              capstan spoke run --state-dir /tmp/spoke
              capstan exec one -- uname -a
            """),
        version: Version.number,
        groupedSubcommands: [
            CommandGroup(
                name: "Fleet",
                subcommands: [
                    Hub.self, Spoke.self, Node.self, Operator.self, Role.self, Token.self,
                    Provider.self, Instance.self, Pool.self, Budget.self,
                ]),
            CommandGroup(
                name: "Program",
                subcommands: [
                    Exec.self, Shell.self, Session.self, Copy.self, Forward.self, Tunnel.self, Run.self, Workload.self,
                    Container.self, Image.self,
                ]),
            CommandGroup(
                name: "Inspection", subcommands: [EventsCommand.self, OperationsCommand.self, Call.self]),
            CommandGroup(name: "Operator", subcommands: [Login.self, Context.self]),
        ])
}
