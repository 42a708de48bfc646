import CallProtocol
import Formats
import Operations

/// Hosts without a spoke behind this machine, by its own ssh client: the configuration of the user that the spoke runs as
/// holds, and his keys.
struct SSHBackend: TTYBackend {
    static let name = "ssh"

    let local: LocalBackend

    func program(_ input: TTYOpenInput, for caller: Caller) throws(CallError) -> LocalProgram {
        guard let host = input.host else { throw CallError(.invalidInput, "the backend ssh needs a `host`: user@host") }
        // What begins with a dash would be an option of ssh, and options can start programs.
        guard !host.hasPrefix("-"), !host.contains(where: { $0.isWhitespace || $0 == "\0" }) else {
            throw CallError(.invalidInput, "\"\(host)\" is no host for ssh")
        }
        guard input.user == nil else {
            throw CallError(.invalidInput, "with the backend ssh the user is a part of `host`: user@host")
        }
        var arguments = ["ssh", input.tty == nil ? "-T" : "-tt", "-e", "none"]
        // Without a terminal nobody can answer a question.
        if input.tty == nil { arguments += ["-o", "BatchMode=yes"] }
        arguments += ["--", host]
        let line = Self.line(input)
        if !line.isEmpty { arguments.append(line) }
        var here = input
        here.cwd = nil
        here.env = nil
        return try LocalProgram(arguments, here, local.environment)
    }

    func open(_ input: TTYOpenInput, for caller: Caller) async throws -> TTYOpening {
        switch try local.start(try program(input, for: caller)) {
        // A signal would be ssh's own, and end it.
        case .started(let program, _): return .started(program, typesSignals: input.tty != nil)
        case .notStarted(let exit): return .notStarted(exit)
        }
    }

    /// What the other host's shell is given: ssh passes one line, and no variables or directory by itself. Empty for its
    /// login shell as ssh begins one.
    private static func line(_ input: TTYOpenInput) -> String {
        let variables = (input.env ?? [:]).sorted { $0.key < $1.key }.map { ShellWord.quoted("\($0.key)=\($0.value)") }
        guard !input.cmd.isEmpty || !variables.isEmpty || input.cwd != nil else { return "" }
        var parts: [String] = []
        if let cwd = input.cwd { parts.append("cd \(ShellWord.quoted(cwd)) &&") }
        parts.append("exec")
        if !variables.isEmpty { parts += ["env"] + variables }
        parts += input.cmd.isEmpty ? [#""${SHELL:-/bin/sh}" -l"#] : input.cmd.map(ShellWord.quoted)
        return parts.joined(separator: " ")
    }
}
