package import CallProtocol

package struct ContainerList: Described, Hashable {
    package var containers: [ContainerView]

    package init(containers: [ContainerView]) { self.containers = containers }

    package static let schema = JSONSchema.object(
        ["containers": .array(of: ContainerView.schema)], required: ["containers"])
}

/// A container as the node tells of it; in lists without what only `container/inspect` knows.
package struct ContainerView: Described, Hashable {
    package var id: String
    package var name: String
    /// As it was named when the container was made.
    package var image: String
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited`, `dead`.
    package var state: String
    /// The engine's own words: `Up 3 minutes`; nil where it has none.
    package var status: String?
    package var createdAt: String
    package var startedAt: String?
    package var endedAt: String?
    /// Nil before its end.
    package var exitCode: Int?
    /// Whether the kernel ended it for want of memory.
    package var oomKilled: Bool?
    package var labels: [String: String]
    package var ports: [ContainerPort]
    package var mounts: [ContainerMount]
    /// Whether Capstan made it.
    package var managed: Bool
    /// The id of the peer that made it, where Capstan did.
    package var owner: String?
    package var workload: String?
    package var attempt: String?
    /// Nil for those who may not look inside.
    package var command: [String]?
    /// `NAME=value`; only names for a workload's container.
    package var env: [String]?
    package var tty: Bool?
    package var restartCount: Int?
    /// The engine's own document, where it was asked for.
    package var raw: JSONValue?

    package init(id: String, name: String, image: String, state: String, createdAt: String) {
        self.id = id
        self.name = name
        self.image = image
        self.state = state
        self.createdAt = createdAt
        labels = [:]
        ports = []
        mounts = []
        managed = false
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "name": .string(), "image": .string(), "state": .string(), "status": .string(),
            "createdAt": .timestamp, "startedAt": .timestamp, "endedAt": .timestamp, "exitCode": .integer(),
            "oomKilled": .boolean, "labels": .map(of: .string()), "ports": .array(of: ContainerPort.schema),
            "mounts": .array(of: ContainerMount.schema), "managed": .boolean, "owner": .string(),
            "workload": .string(), "attempt": .string(), "command": .array(of: .string()),
            "env": .array(of: .string()), "tty": .boolean, "restartCount": .integer(), "raw": .any,
        ],
        required: ["id", "name", "image", "state", "createdAt", "labels", "ports", "mounts", "managed"])
}

/// How a container's program ended.
package struct ContainerExit: Described, Hashable {
    package var exitCode: Int
    package var oomKilled: Bool
    /// The engine's reason where it never ran.
    package var error: String?

    package init(exitCode: Int, oomKilled: Bool, error: String? = nil) {
        self.exitCode = exitCode
        self.oomKilled = oomKilled
        self.error = error
    }

    package static let schema = JSONSchema.object(
        ["exitCode": .integer(), "oomKilled": .boolean, "error": .string()], required: ["exitCode", "oomKilled"])
}

package struct ContainerTop: Described, Hashable {
    package var titles: [String]
    package var processes: [[String]]

    package init(titles: [String], processes: [[String]]) {
        self.titles = titles
        self.processes = processes
    }

    package static let schema = JSONSchema.object(
        ["titles": .array(of: .string()), "processes": .array(of: .array(of: .string()))],
        required: ["titles", "processes"])
}

/// What stands at a path in a container.
package struct ContainerPathStat: Described, Hashable {
    package var name: String
    package var size: Int64
    package var isFolder: Bool

    package init(name: String, size: Int64, isFolder: Bool) {
        self.name = name
        self.size = size
        self.isFolder = isFolder
    }

    package static let schema = JSONSchema.object(
        ["name": .string(), "size": .bytes, "isFolder": .boolean], required: ["name", "size", "isFolder"])
}
