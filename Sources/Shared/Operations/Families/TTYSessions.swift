import CallProtocol

/// Sessions that outlive their callers.
extension TTYOperations {
    package static let attach = Operation<TTYAttachInput, TTYOpened>(
        "tty/attach", .session, subject: .input("session"),
        summary: "Join a session: its output goes on from an offset",
        description: """
            Chunks as those of `tty/open`. Several may join, one of them writes: who joins to write takes it over, and who \
            wrote before is told by the control object `{"type":"replaced"}`, and watches. Output that is not there any \
            more is told by `{"type":"gap","from":a,"to":b}`. Leaving a session does not end it.
            """,
        examples: [
            OperationExample("Go on where the link was lost", ["session": "01JD", "offset": 4096, "writer": 3]),
            OperationExample("Only watch", ["session": "train", "write": false]),
        ])

    package static let list = Operation<TTYListInput, TTYSessionList>(
        "tty/list", .query, summary: "The sessions of this node that outlive their callers, and those that have ended",
        examples: [OperationExample("Those that run", ["running": true])])

    package static let kill = Operation<TTYSessionRef, TTYSessionView>(
        "tty/kill", .mutation, subject: .input("session"),
        summary: "End a session: HUP to what runs on its terminal (TERM on pipes), KILL after 5 s",
        examples: [OperationExample("By its name", ["session": "train"])])

    package static let replay = Operation<TTYReplayInput, TTYPiece>(
        "tty/replay", .subscription, subject: .input("session"),
        summary: "What a session showed, from an offset on, as recorded or at another speed",
        examples: [OperationExample("All of it, twice as fast", ["session": "train", "speed": 2])])
}

package struct TTYAttachInput: Described, Hashable {
    /// Its id, or its name.
    package var session: String
    /// Output that is there already. Left out: about the last screenful is sent.
    package var offset: Int64?
    /// Whether to be the one who writes; so when left out.
    package var write: Bool?
    /// The number that was given to who wrote when they joined before: then it is the same one again.
    package var writer: Int64?

    package init(session: String, offset: Int64? = nil, write: Bool? = nil, writer: Int64? = nil) {
        self.session = session
        self.offset = offset
        self.write = write
        self.writer = writer
    }

    package static let schema = JSONSchema.object(
        [
            "session": .string(minLength: 1, maxLength: 128).describe("its id, or its name"),
            "offset": .integer(minimum: 0, maximum: LogPiece.largestOffset), "write": .boolean,
            "writer": .integer(minimum: 1),
        ], required: ["session"])
}

package struct TTYListInput: Described, Hashable {
    /// Only those that have not ended.
    package var running: Bool?

    package init(running: Bool? = nil) { self.running = running }

    package static let schema = JSONSchema.object(["running": .boolean])
}

package struct TTYSessionRef: Described, Hashable {
    /// Its id, or its name.
    package var session: String

    package init(session: String) { self.session = session }

    package static let schema = JSONSchema.object(
        ["session": .string(minLength: 1, maxLength: 128).describe("its id, or its name")], required: ["session"])
}

package struct TTYReplayInput: Described, Hashable {
    /// Its id, or its name.
    package var session: String
    /// The offset to begin at.
    package var from: Int64?
    /// How many times as fast as it was; 0 and left out for as fast as it can be read.
    package var speed: Double?

    package init(session: String, from: Int64? = nil, speed: Double? = nil) {
        self.session = session
        self.from = from
        self.speed = speed
    }

    package static let schema = JSONSchema.object(
        [
            "session": .string(minLength: 1, maxLength: 128).describe("its id, or its name"),
            "from": .integer(minimum: 0, maximum: LogPiece.largestOffset),
            "speed": .number(minimum: 0).describe("0 or left out: at once"),
        ], required: ["session"])
}

package struct TTYSessionList: Described, Hashable {
    package var sessions: [TTYSessionView]

    package init(sessions: [TTYSessionView]) { self.sessions = sessions }

    package static let schema = JSONSchema.object(
        ["sessions": .array(of: TTYSessionView.schema)], required: ["sessions"])
}

/// A session as it stands; also the payload of the journal's `session.ended`.
package struct TTYSessionView: Described, Hashable {
    package enum State: String, Codable, Sendable, CaseIterable {
        case running, exited
        /// Its supervisor is gone without a word, as after a crash of the machine.
        case lost
    }

    package var session: String
    package var name: String?
    package var state: State
    package var cmd: [String]
    package var backend: String
    /// The container or the host that its program is in, as whoever opened it called it; nil on the node itself.
    package var container: String?
    package var host: String?
    package var user: String?
    /// The peer that opened it.
    package var owner: String?
    package var ownerName: String?
    /// Whether it has a terminal, and the size that it began with.
    package var tty: Bool
    package var cols: Int?
    package var rows: Int?
    /// Whether it goes on without its caller.
    package var keep: Bool
    /// Whether what it shows is kept after its end.
    package var recorded: Bool
    package var pid: Int?
    package var startedAt: String
    package var endedAt: String?
    /// 128+s where a signal ended it.
    package var exitCode: Int?
    package var signal: String?
    /// Why it ended when it did, where that was not its own doing: `cancelled`, `stopped`, `supervisor_lost`.
    package var reason: String?
    /// Output so far, as far as it is recorded.
    package var offset: Int64

    package init(session: String, state: State, cmd: [String], backend: String, startedAt: String) {
        self.session = session
        self.state = state
        self.cmd = cmd
        self.backend = backend
        self.startedAt = startedAt
        tty = false
        keep = true
        recorded = false
        offset = 0
    }

    package static let schema = JSONSchema.object(
        [
            "session": .string(), "name": .string(), "state": .enumeration(State.self), "cmd": .array(of: .string()),
            "backend": .string(), "container": .string(), "host": .string(), "user": .string(), "owner": .string(),
            "ownerName": .string(), "tty": .boolean,
            "cols": .integer(minimum: 0), "rows": .integer(minimum: 0), "keep": .boolean, "recorded": .boolean,
            "pid": .integer(minimum: 0), "startedAt": .timestamp, "endedAt": .timestamp, "exitCode": .integer(),
            "signal": .string(), "reason": .string(), "offset": .bytes,
        ], required: ["session", "state", "cmd", "backend", "tty", "keep", "recorded", "startedAt", "offset"])
}

/// A piece of what a session showed.
package struct TTYPiece: Described, Hashable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case stdout, stderr
        /// Output that is missing here.
        case gap
        /// The terminal has another size.
        case resize
        /// All that there is was told.
        case end
    }

    package var offset: Int64
    package var kind: Kind
    /// Microseconds since the session began.
    package var timeUs: Int64
    /// Base64 of the bytes; left out but for output.
    package var data: String?
    /// Of a resize.
    package var cols: Int?
    package var rows: Int?

    package init(offset: Int64, kind: Kind, timeUs: Int64, data: String? = nil) {
        self.offset = offset
        self.kind = kind
        self.timeUs = timeUs
        self.data = data
    }

    package static let schema = JSONSchema.object(
        [
            "offset": .integer(minimum: 0, maximum: LogPiece.largestOffset), "kind": .enumeration(Kind.self),
            "timeUs": .integer(minimum: 0), "data": .string(), "cols": .integer(minimum: 0),
            "rows": .integer(minimum: 0),
        ], required: ["offset", "kind", "timeUs"])
}
