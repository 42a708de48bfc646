/// What to run, and where: the same fields on the command line, in YAML and on the wire.
package struct WorkloadSpec: Described, Hashable {
    package var name: String?
    /// The program and its arguments; may be empty with an image, whose own program it is then.
    package var cmd: [String]
    /// With one it is a container, without one a process on the node.
    package var image: String?
    /// Whether the image is fetched first; `missing` when left out.
    package var pull: ImagePullPolicy?
    package var mounts: [ContainerMount]?
    /// The user of the image to run it as.
    package var user: String?
    /// Pinned to this node: its id or name.
    package var node: String?
    /// Selector texts: `k=v`, `k!=v`, `k`, `!k`.
    package var labels: [String]?
    /// Processors; parts are allowed.
    package var cpus: Double?
    package var memory: Int64?
    package var gpus: Int?
    /// Words that the GPU's name must hold: `A100`.
    package var gpuModel: String?
    package var env: [String: String]?
    package var cwd: String?
    /// 0 to 100, higher first; 50 when left out.
    package var priority: Int?
    package var retries: Int?
    package var retryOnFailure: Bool?
    package var timeLimitMs: Int64?
    package var logLimitBytes: Int64?
    /// That a machine may be rented for it; with an image the machine begins with that, and the program runs in it.
    package var rent: RentTerms?

    package init(cmd: [String]) {
        self.cmd = cmd
    }

    /// Why no node could start this, in words; nil where nothing speaks against it. The schema knows nothing of this.
    package var invalidity: String? {
        if let fault = rentInvalidity ?? imageInvalidity { return fault }
        if image == nil || !cmd.isEmpty {
            guard let program = cmd.first, !program.isEmpty else { return "cmd[0]: the program's name is empty" }
        }
        for (place, argument) in cmd.enumerated() where argument.utf8.contains(0) {
            return "cmd[\(place)] holds a NUL byte"
        }
        if let cwd, cwd.utf8.contains(0) { return "cwd holds a NUL byte" }
        for (name, value) in (env ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, !name.utf8.contains(0), !name.utf8.contains(UInt8(ascii: "=")) else {
                return "env: `\(name)` is no name for a variable: it must hold something, but neither `=` nor NUL"
            }
            if value.utf8.contains(0) { return "env: the value of \(name) holds a NUL byte" }
        }
        return nil
    }

    /// The same for what only containers have.
    private var imageInvalidity: String? {
        guard image != nil else {
            let alone = [("pull", pull != nil), ("mounts", mounts != nil), ("user", user != nil)].first { $0.1 }
            return alone.map { "\($0.0) is for workloads with an image" }
        }
        if let cwd, !cwd.hasPrefix("/") { return "cwd must be an absolute path in a container" }
        for (place, mount) in (mounts ?? []).enumerated() {
            if let fault = mount.invalidity { return "mounts[\(place)]: \(fault)" }
        }
        return nil
    }

    package static let schema = JSONSchema.object(
        [
            "name": .name,
            "cmd": .array(of: .string()).describe("The program and its arguments; may be empty with an image"),
            "image": ImageRef.field, "pull": .enumeration(ImagePullPolicy.self),
            "mounts": .array(of: ContainerMount.schema, maxItems: 256), "user": .string(minLength: 1),
            "node": .string(minLength: 1, maxLength: 63), "labels": .array(of: .string(minLength: 1), maxItems: 64),
            "cpus": .number(minimum: 0, maximum: 4096), "memory": .bytes,
            "gpus": .integer(minimum: 0, maximum: 1024), "gpuModel": .string(minLength: 1, maxLength: 128),
            "env": .map(of: .string()),
            "cwd": .string(minLength: 1), "priority": .integer(minimum: 0, maximum: 100),
            "retries": .integer(minimum: 0, maximum: 1000), "retryOnFailure": .boolean,
            "timeLimitMs": .integer(minimum: 1), "logLimitBytes": .integer(minimum: 0), "rent": RentTerms.schema,
        ], required: ["cmd"])
}

/// A workload as the hub shows it.
package struct WorkloadView: Described, Hashable {
    package var id: String
    package var name: String
    package var state: String
    /// Why it waits, or why it ended as it did.
    package var reason: String?
    package var exitCode: Int?
    /// What ended the last attempt, `KILL`; nil where no signal did, and in lists.
    package var signal: String?
    package var node: String?
    /// The id of the peer that submitted it.
    package var owner: String
    /// What that peer is called; nil once it is removed.
    package var ownerName: String?
    package var priority: Int
    package var cancelRequested: Bool
    package var submittedAt: String
    package var startedAt: String?
    package var endedAt: String?
    /// What was submitted; without `env` in lists, and for those who may not see the values.
    package var spec: WorkloadSpec
    /// The names of the program's variables, in order; nil without any, and in lists.
    package var envNames: [String]?
    package var attempts: [AttemptView]
    /// The machines that were rented for it, oldest first; nil where none was, and in lists.
    package var rented: [RentView]?
    /// How long it waited for its first program to run, or has waited until now; nil where nothing was rented for it.
    package var waitedMs: Int64?

    package init(
        id: String, name: String, state: String, owner: String, priority: Int, cancelRequested: Bool,
        submittedAt: String, spec: WorkloadSpec, attempts: [AttemptView]
    ) {
        self.id = id
        self.name = name
        self.state = state
        self.owner = owner
        self.priority = priority
        self.cancelRequested = cancelRequested
        self.submittedAt = submittedAt
        self.spec = spec
        self.attempts = attempts
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "name": .string(), "state": .string(), "reason": .string(), "exitCode": .integer(),
            "signal": .string(), "node": .string(), "owner": .string(), "ownerName": .string(), "priority": .integer(),
            "cancelRequested": .boolean,
            "submittedAt": .timestamp, "startedAt": .timestamp, "endedAt": .timestamp, "spec": WorkloadSpec.schema,
            "envNames": .array(of: .string()), "attempts": .array(of: AttemptView.schema),
            "rented": .array(of: RentView.schema), "waitedMs": .integer(minimum: 0),
        ],
        required: [
            "id", "name", "state", "owner", "priority", "cancelRequested", "submittedAt", "spec", "attempts",
        ])
}

/// One try to run a workload on one node.
package struct AttemptView: Described, Hashable {
    package var id: String
    package var number: Int
    package var state: String
    package var node: String
    package var exitCode: Int?
    package var signal: String?
    package var reason: String?
    /// The node is offline and nobody knows how the attempt does.
    package var unknown: Bool
    package var startedAt: String?
    package var endedAt: String?
    package var logBytes: Int64
    package var logTruncated: Bool
    package var hasReceipt: Bool
    /// What it cost, once it has ended; nil on machines of one's own.
    package var cost: RentCost?

    package init(
        id: String, number: Int, state: String, node: String, unknown: Bool, logBytes: Int64, logTruncated: Bool,
        hasReceipt: Bool
    ) {
        self.id = id
        self.number = number
        self.state = state
        self.node = node
        self.unknown = unknown
        self.logBytes = logBytes
        self.logTruncated = logTruncated
        self.hasReceipt = hasReceipt
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string(), "number": .integer(minimum: 1), "state": .string(), "node": .string(),
            "exitCode": .integer(), "signal": .string(), "reason": .string(), "unknown": .boolean,
            "startedAt": .timestamp, "endedAt": .timestamp, "logBytes": .bytes, "logTruncated": .boolean,
            "hasReceipt": .boolean, "cost": RentCost.schema,
        ], required: ["id", "number", "state", "node", "unknown", "logBytes", "logTruncated", "hasReceipt"])
}

/// A piece of a program's output, by its place in the whole: one offset counts stdout and stderr together.
package struct LogPiece: Described, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case stdout, stderr
        /// Output that is missing here: the disk was full.
        case gap
        /// The log is complete; nothing follows.
        case end
    }

    package var offset: Int64
    package var kind: Kind
    /// The node's clock, microseconds since 1970.
    package var timeUs: Int64
    /// Base64 of the bytes; empty for gap and end.
    package var data: String

    package init(offset: Int64, kind: Kind, timeUs: Int64, data: String) {
        self.offset = offset
        self.kind = kind
        self.timeUs = timeUs
        self.data = data
    }

    /// Far beyond any log, far below any overflow of what readers compute with it.
    package static let largestOffset: Int64 = .max / 2

    package static let schema = JSONSchema.object(
        [
            "offset": .integer(minimum: 0, maximum: largestOffset), "kind": .enumeration(Kind.self),
            "timeUs": .integer(minimum: 0),
            "data": .string(),
        ], required: ["offset", "kind", "timeUs", "data"])
}

extension LogPiece {
    /// Refuses offsets that cannot be: a piece comes from a node, and its readers count on from it.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        offset = try values.decode(Int64.self, forKey: .offset)
        guard 0...Self.largestOffset ~= offset else {
            throw DecodingError.dataCorruptedError(
                forKey: .offset, in: values, debugDescription: "no log has an offset of \(offset)")
        }
        kind = try values.decode(Kind.self, forKey: .kind)
        timeUs = try values.decode(Int64.self, forKey: .timeUs)
        data = try values.decode(String.self, forKey: .data)
    }
}
