/// Names one container.
package struct ContainerRef: Described, Hashable {
    package var container: String

    package init(container: String) { self.container = container }

    static let field = JSONSchema.string(minLength: 1, maxLength: 255).describe("Id, unique prefix of it, or name")

    package static let schema = JSONSchema.object(["container": field], required: ["container"])
}

package struct ContainerListInput: Described, Hashable {
    /// Also those that do not run.
    package var all: Bool?
    /// Only those that the caller made.
    package var ownedOnly: Bool?
    /// `key` or `key=value`; all must hold.
    package var labels: [String]?

    package init(all: Bool? = nil, ownedOnly: Bool? = nil, labels: [String]? = nil) {
        self.all = all
        self.ownedOnly = ownedOnly
        self.labels = labels
    }

    package static let schema = JSONSchema.object(
        [
            "all": .boolean.describe("Also those that do not run"),
            "ownedOnly": .boolean.describe("Only those that the caller made"),
            "labels": .array(of: .string(minLength: 1), maxItems: 64).describe("key or key=value; all must hold"),
        ], required: [])
}

package struct ContainerInspectInput: Described, Hashable {
    package var container: String
    package var raw: Bool?

    package init(container: String, raw: Bool? = nil) {
        self.container = container
        self.raw = raw
    }

    package static let schema = JSONSchema.object(
        ["container": ContainerRef.field, "raw": .boolean.describe("With the engine's own document")],
        required: ["container"])
}

package struct ContainerStopInput: Described, Hashable {
    package var container: String
    /// Until SIGKILL; the container's own when left out, mostly 10.
    package var timeoutSeconds: Int?

    package init(container: String, timeoutSeconds: Int? = nil) {
        self.container = container
        self.timeoutSeconds = timeoutSeconds
    }

    package static let schema = JSONSchema.object(
        [
            "container": ContainerRef.field,
            "timeoutSeconds": .integer(minimum: 0, maximum: 540).describe("Until SIGKILL; mostly 10 when left out"),
        ], required: ["container"])
}

package struct ContainerKillInput: Described, Hashable {
    package var container: String
    /// `KILL` when left out.
    package var signal: String?

    package init(container: String, signal: String? = nil) {
        self.container = container
        self.signal = signal
    }

    package static let schema = JSONSchema.object(
        [
            "container": ContainerRef.field,
            "signal": .string(minLength: 1, maxLength: 32).describe("KILL, TERM, HUP, ..."),
        ],
        required: ["container"])
}

package struct ContainerRemoveInput: Described, Hashable {
    package var container: String
    package var force: Bool?
    /// Its anonymous volumes too.
    package var volumes: Bool?

    package init(container: String, force: Bool? = nil, volumes: Bool? = nil) {
        self.container = container
        self.force = force
        self.volumes = volumes
    }

    package static let schema = JSONSchema.object(
        [
            "container": ContainerRef.field, "force": .boolean.describe("Kill it first if it runs"),
            "volumes": .boolean.describe("Its anonymous volumes too"),
        ], required: ["container"])
}

package struct ContainerRenameInput: Described, Hashable {
    package var container: String
    package var name: String

    package init(container: String, name: String) {
        self.container = container
        self.name = name
    }

    package static let schema = JSONSchema.object(
        ["container": ContainerRef.field, "name": .string(minLength: 1, maxLength: 255)],
        required: ["container", "name"])
}

package struct ContainerLogsInput: Described, Hashable {
    package var container: String
    package var follow: Bool?
    /// Only so many lines from the end.
    package var tail: Int?
    /// RFC 3339.
    package var since: String?
    package var until: String?

    package init(
        container: String, follow: Bool? = nil, tail: Int? = nil, since: String? = nil, until: String? = nil
    ) {
        self.container = container
        self.follow = follow
        self.tail = tail
        self.since = since
        self.until = until
    }

    package static let schema = JSONSchema.object(
        [
            "container": ContainerRef.field, "follow": .boolean.describe("Go on until the container has exited"),
            "tail": .integer(minimum: 0, maximum: 1_000_000_000).describe("Only so many lines from the end"),
            "since": .timestamp, "until": .timestamp,
        ], required: ["container"])
}

package struct ContainerExecInput: Described, Hashable {
    package var container: String
    package var cmd: [String]
    package var env: [String: String]?
    package var user: String?
    package var workdir: String?
    /// Must be false: terminals are opened with `tty/open`.
    package var tty: Bool?

    package init(container: String, cmd: [String]) {
        self.container = container
        self.cmd = cmd
    }

    package static let schema = JSONSchema.object(
        [
            "container": ContainerRef.field, "cmd": .array(of: .string(), minItems: 1), "env": .map(of: .string()),
            "user": .string(minLength: 1), "workdir": .string(minLength: 1),
            "tty": .boolean.describe("Only false: terminals are opened with tty/open"),
        ], required: ["container", "cmd"])
}

package struct ContainerStatsInput: Described, Hashable {
    package var container: String
    /// One answer only.
    package var once: Bool?

    package init(container: String, once: Bool? = nil) {
        self.container = container
        self.once = once
    }

    package static let schema = JSONSchema.object(
        ["container": ContainerRef.field, "once": .boolean.describe("One answer only")], required: ["container"])
}

package struct ContainerTopInput: Described, Hashable {
    package var container: String
    /// Arguments of `ps`.
    package var args: String?

    package init(container: String, args: String? = nil) {
        self.container = container
        self.args = args
    }

    package static let schema = JSONSchema.object(
        ["container": ContainerRef.field, "args": .string(maxLength: 256).describe("Arguments of ps")],
        required: ["container"])
}

package struct ContainerPath: Described, Hashable {
    package var container: String
    package var path: String

    package init(container: String, path: String) {
        self.container = container
        self.path = path
    }

    package static let schema = JSONSchema.object(
        ["container": ContainerRef.field, "path": .string(minLength: 1, maxLength: 4096)],
        required: ["container", "path"])
}

package struct ContainerEventsInput: Described, Hashable {
    /// The cursor of the last event that was seen; left out, from now on.
    package var since: String?

    package init(since: String? = nil) { self.since = since }

    package static let schema = JSONSchema.object(
        ["since": .string(minLength: 1, maxLength: 64).describe("The cursor of the last event that was seen")],
        required: [])
}
