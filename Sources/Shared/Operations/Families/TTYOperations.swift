package import CallProtocol

/// Programs with their input and output.
package enum TTYOperations {
    package static let open = Operation<TTYOpenInput, TTYOpened>(
        "tty/open", .session, summary: "Run a program and carry its input and output",
        description: """
            Chunks after the opening: 0 stdin to the program, 1 stdout and 2 stderr from it (never with a terminal), 3 \
            control both ways: `resize`, `signal` and `eof` to it, `ack` and `exit` from it. The last chunk is the \
            control object `{"type":"exit","code":N}`.
            """,
        examples: [
            OperationExample("List a folder", ["cmd": ["ls", "-l"]]),
            OperationExample(
                "An editor on a terminal",
                ["cmd": ["vi"], "tty": ["term": "xterm-256color", "cols": 80, "rows": 24]]),
            OperationExample(
                "A shell in a container",
                ["backend": "container", "container": "web", "cmd": ["sh"], "tty": ["cols": 80, "rows": 24]]),
            OperationExample(
                "A shell that outlives its caller",
                [
                    "cmd": ["bash", "-l"], "tty": ["cols": 80, "rows": 24],
                    "session": ["name": "train", "keep": true],
                ]),
        ])
}

package struct TTYOpenInput: Described, Hashable {
    package enum Mode: String, Codable, Sendable, CaseIterable {
        /// A program of its own in the container.
        case exec
        /// The container's own program.
        case attach
    }

    /// Who runs the program: `local` when left out, `container` or `ssh`.
    package var backend: String?
    package var cmd: [String]
    package var cwd: String?
    package var env: [String: String]?
    package var user: String?
    /// Left out or null: pipes.
    package var tty: TerminalRequest?
    /// Its id, name, or a unique beginning of its id.
    package var container: String?
    /// ``Mode/exec`` when left out.
    package var mode: Mode?
    /// `user@host`, as the machine's ssh client takes it.
    package var host: String?
    package var session: SessionRequest?

    package init(cmd: [String], cwd: String? = nil, env: [String: String]? = nil) {
        self.cmd = cmd
        self.cwd = cwd
        self.env = env
    }

    package static let schema = JSONSchema.object(
        [
            "backend": .string(minLength: 1).describe("local (when left out), container or ssh"),
            "cmd": .array(of: .string()).describe("needed but for attach and ssh"),
            "cwd": .string(minLength: 1), "env": .map(of: .string()), "user": .string(minLength: 1),
            "tty": TerminalRequest.schema.nullable.describe("null or left out: pipes"),
            "container": .string(minLength: 1).describe("of the backend container"),
            "mode": .enumeration(Mode.self).describe("of the backend container; exec when left out"),
            "host": .string(minLength: 1).describe("of the backend ssh: user@host"),
            "session": SessionRequest.schema.nullable,
        ], required: ["cmd"])
}

/// The terminal that a program shall have.
package struct TerminalRequest: Described, Hashable {
    package var term: String?
    package var cols: Int
    package var rows: Int
    /// 0 or left out where nobody knows.
    package var pixelWidth: Int?
    package var pixelHeight: Int?
    /// Accepted and ignored: the program finds the usual ones.
    package var modes: JSONValue?

    package init(term: String? = nil, cols: Int, rows: Int, pixelWidth: Int? = nil, pixelHeight: Int? = nil) {
        self.term = term
        self.cols = cols
        self.rows = rows
        self.pixelWidth = pixelWidth
        self.pixelHeight = pixelHeight
    }

    enum CodingKeys: String, CodingKey {
        case term, cols, rows, modes
        case pixelWidth = "pixel_width"
        case pixelHeight = "pixel_height"
    }

    package static let schema = JSONSchema.object(
        [
            "term": .string(minLength: 1, maxLength: 128), "cols": .integer(minimum: 0, maximum: 65_535),
            "rows": .integer(minimum: 0, maximum: 65_535), "pixel_width": .integer(minimum: 0, maximum: 65_535),
            "pixel_height": .integer(minimum: 0, maximum: 65_535), "modes": .any,
        ], required: ["cols", "rows"])
}

/// A session that may outlive its callers.
package struct SessionRequest: Described, Hashable {
    package var name: String?
    package var keep: Bool?

    package init(name: String? = nil, keep: Bool? = nil) {
        self.name = name
        self.keep = keep
    }

    package static let schema = JSONSchema.object(["name": .string(minLength: 1, maxLength: 128), "keep": .boolean])
}

package struct TTYOpened: Described, Hashable {
    package var session: String
    package var offset: Int64
    package var stdinOffset: Int64
    /// The caller never has more stdin than this unacknowledged.
    package var stdinWindow: Int
    /// How much stdin the program was given so far: what may be under way counts from here. Left out for none.
    package var stdinAcknowledged: Int64?
    /// Of a session that others may join: by which to be known again as the one who writes. Left out for who watches.
    package var writer: Int64?
    /// Left out when no program was started: the exit follows at once; and where nobody knows it.
    package var pid: Int?

    package init(session: String, stdinWindow: Int, pid: Int?) {
        self.session = session
        offset = 0
        stdinOffset = 0
        self.stdinWindow = stdinWindow
        self.pid = pid
    }

    /// Of a session that others may join.
    package init(
        session: String, offset: Int64, stdinOffset: Int64, acknowledged: Int64, window: Int, writer: Int64?, pid: Int?
    ) {
        self.init(session: session, stdinWindow: window, pid: pid)
        self.offset = offset
        self.stdinOffset = stdinOffset
        stdinAcknowledged = acknowledged
        self.writer = writer
    }

    package static let schema = JSONSchema.object(
        [
            "session": .string(), "offset": .integer(minimum: 0), "stdinOffset": .integer(minimum: 0),
            "stdinWindow": .integer(minimum: 1), "stdinAcknowledged": .integer(minimum: 0),
            "writer": .integer(minimum: 1), "pid": .integer(minimum: 0),
        ], required: ["session", "offset", "stdinOffset", "stdinWindow"])
}
