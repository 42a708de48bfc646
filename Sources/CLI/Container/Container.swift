import ArgumentParser

/// `capstan container`
struct Container: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container", abstract: "Containers of the fleet, through the engines of its nodes.",
        discussion: .flowing(
            """
            A container belongs to who made it: others may use it where their role names it, and administrators may
            use every one. --node says where it is; left out, the one node that has it is meant.

            Example:
              capstan container create --node gpu-1 --name web nginx:1.27
              capstan container logs -f web
              capstan container exec web -- nginx -t
              capstan container list
            """),
        subcommands: [
            ContainerListCommand.self, ContainerInspect.self, ContainerCreate.self, ContainerStart.self,
            ContainerStop.self,
            ContainerRestartCommand.self, ContainerKill.self, ContainerRemove.self, ContainerRename.self,
            ContainerWait.self,
            ContainerLogsCommand.self, ContainerExecCommand.self, ContainerStatsCommand.self, ContainerTopCommand.self,
            ContainerCopyIn.self, ContainerCopyOut.self,
        ])
}
