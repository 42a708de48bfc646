package import CallProtocol

/// Containers of a node, through its engine.
package enum ContainerOperations {
    private static let resource = AccessRule.Resource(AccessRule.Resource.container, at: "container")
    private static let hour: Int64 = 3_600_000

    package static let list = Operation<ContainerListInput, ContainerList>(
        "container/list", .query, summary: "Containers on the node, newest first", errors: ContainerError.engine)

    package static let inspect = Operation<ContainerInspectInput, ContainerView>(
        "container/inspect", .query, resource: resource, summary: "One container, by id, unique prefix or name",
        description: """
            With `raw` the engine's own document comes along. Of a workload's container the variables are told by name \
            only.
            """, errors: ContainerError.one)

    package static let create = Operation<ContainerSpec, ContainerCreated>(
        "container/create", .mutation, subject: .output("id"), deadlineMs: hour,
        summary: "Make a container, and start it unless told not to; its maker owns it",
        errors: ContainerError.making,
        examples: [
            OperationExample(
                "A web server that comes back after a restart of the machine",
                ["image": "nginx:1.27", "name": "web", "restart": "unless-stopped", "ports": [["container": 80]]])
        ])

    package static let start = Operation<ContainerRef, Empty>(
        "container/start", .mutation, resource: resource, summary: "Start a container; one that runs stays as it is",
        errors: ContainerError.one)

    package static let stop = Operation<ContainerStopInput, Empty>(
        "container/stop", .mutation, resource: resource, deadlineMs: 600_000,
        summary: "End a container's program: its stop signal first, SIGKILL after the timeout",
        errors: ContainerError.one)

    package static let restart = Operation<ContainerStopInput, Empty>(
        "container/restart", .mutation, resource: resource, deadlineMs: 600_000,
        summary: "Stop a container and start it again", errors: ContainerError.one)

    package static let kill = Operation<ContainerKillInput, Empty>(
        "container/kill", .mutation, resource: resource, summary: "Send a signal to a container's program",
        errors: ContainerError.one)

    package static let remove = Operation<ContainerRemoveInput, Empty>(
        "container/remove", .mutation, resource: resource, deadlineMs: 120_000,
        summary: "Remove a container; a running one only with `force`", errors: ContainerError.one)

    package static let rename = Operation<ContainerRenameInput, Empty>(
        "container/rename", .mutation, resource: resource, summary: "Give a container another name",
        errors: ContainerError.one)

    package static let wait = Operation<ContainerRef, ContainerExit>(
        "container/wait", .query, resource: resource, deadlineMs: 24 * hour,
        summary: "The exit code of a container, when it has ended", errors: ContainerError.one)

    package static let logs = Operation<ContainerLogsInput, ContainerLogEntry>(
        "container/logs", .subscription, resource: resource,
        summary: "What a container has written, line by line, and live if asked for",
        description: """
            With `follow` it ends by itself when the container has exited: once completed, all has been said. While the \
            engine is away it waits and goes on where it was.
            """, errors: ContainerError.one)

    package static let exec = Operation<ContainerExecInput, ContainerExecOutput>(
        "container/exec", .subscription, resource: resource,
        summary: "Run a program in a container: its output, then its exit code",
        description: "Programs that need a terminal or input are opened with `tty/open`.", errors: ContainerError.one)

    package static let stats = Operation<ContainerStatsInput, ContainerStats>(
        "container/stats", .subscription, resource: resource, summary: "What a container uses, every second",
        errors: ContainerError.one)

    package static let top = Operation<ContainerTopInput, ContainerTop>(
        "container/top", .query, resource: resource, summary: "The processes in a container", errors: ContainerError.one
    )

    package static let copyIn = Operation<ContainerPath, Empty>(
        "container/copy-in", .session, carriage: .bytes, resource: resource,
        summary: "Unpack a tar archive into a folder of a container",
        description: "The archive is what the caller sends to its END; the answer's END says that it is unpacked.",
        errors: ContainerError.one)

    package static let copyOut = Operation<ContainerPath, ContainerPathStat>(
        "container/copy-out", .session, carriage: .bytes, resource: resource,
        summary: "A file or folder of a container, as a tar archive", errors: ContainerError.one)

    package static let events = Operation<ContainerEventsInput, ContainerEvent>(
        "container/events", .subscription, summary: "What happens in the engine, from now or from a cursor on",
        errors: ContainerError.engine)
}

/// Errors of the container family beside the common ones.
package enum ContainerError {
    package static let notFound = ErrorCode(rawValue: "CONTAINER_NOT_FOUND")
    package static let imageNotFound = ErrorCode(rawValue: "IMAGE_NOT_FOUND")
    package static let pullFailed = ErrorCode(rawValue: "IMAGE_PULL_FAILED")

    static let engine = [
        DeclaredError(.failedPrecondition, "There is no container engine on this node"),
        DeclaredError(.unavailable, "The engine is away; it may come back"),
    ]
    static let one = engine + [DeclaredError(notFound, "There is no such container", httpStatus: 404)]
    static let image = engine + [DeclaredError(imageNotFound, "There is no such image", httpStatus: 404)]
    static let pull = image + [DeclaredError(pullFailed, "The registry's own reason", httpStatus: 502)]
    static let making = pull + [DeclaredError(.conflict, "The name is taken")]
}
