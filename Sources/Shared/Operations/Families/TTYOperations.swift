package import CallProtocol

/// Programs with their input and output.
package enum TTYOperations {
    package static let open = Operation<TTYOpenInput, TTYOpened>(
        "tty/open", .session, summary: "Run a program and carry its input and output",
        description: """
            Chunks after the opening: 0 stdin to the program, 1 stdout and 2 stderr from it, 3 control both ways. The \
            last chunk is the control object `{"type":"exit","code":N}`.
            """,
        examples: [OperationExample("List a folder", ["cmd": ["ls", "-l"]])])
}

package struct TTYOpenInput: Described, Hashable {
    /// Only `local` today.
    package var backend: String?
    package var cmd: [String]
    package var cwd: String?
    package var env: [String: String]?
    package var user: String?
    /// Left out or null: pipes.
    package var tty: JSONValue?
    package var session: JSONValue?

    package init(cmd: [String], cwd: String? = nil, env: [String: String]? = nil) {
        self.cmd = cmd
        self.cwd = cwd
        self.env = env
    }

    package static let schema = JSONSchema.object(
        [
            "backend": .string().describe("local"), "cmd": .array(of: .string(), minItems: 1),
            "cwd": .string(minLength: 1), "env": .map(of: .string()), "user": .string(minLength: 1),
            "tty": .any.describe("null or left out: pipes"), "session": .any,
        ], required: ["cmd"])
}

package struct TTYOpened: Described, Hashable {
    package var session: String
    package var offset: Int64
    package var stdinOffset: Int64
    /// The caller never has more stdin than this unacknowledged.
    package var stdinWindow: Int
    /// Left out when no program was started: the exit follows at once.
    package var pid: Int?

    package init(session: String, stdinWindow: Int, pid: Int?) {
        self.session = session
        offset = 0
        stdinOffset = 0
        self.stdinWindow = stdinWindow
        self.pid = pid
    }

    package static let schema = JSONSchema.object(
        [
            "session": .string(), "offset": .integer(minimum: 0), "stdinOffset": .integer(minimum: 0),
            "stdinWindow": .integer(minimum: 1), "pid": .integer(minimum: 0),
        ], required: ["session", "offset", "stdinOffset", "stdinWindow"])
}
