import CallProtocol
import Operations
import Processes

/// A program of this machine, ready to be started.
struct LocalProgram: Sendable {
    var process: ProcessSpec
    /// Whose it is; nil for the spoke's own user.
    var account: Account?
    /// The size of its terminal; nil for pipes.
    var terminal: TerminalSize?
    /// Whether it carries a program that is elsewhere: its terminal passes on every byte, and to end it takes longer.
    var isCarrier = false

    /// What was asked for, in this machine's terms.
    /// - Throws: `CallError` for what cannot be asked of the system at all.
    init(_ arguments: [String], _ input: TTYOpenInput, _ environment: ProgramEnvironment) throws(CallError) {
        var environment = environment
        if let user = input.user, !environment.account.isNamed(user) {
            account = try Self.account(user, environment)
        }
        if let account { environment = environment.changed(to: account) }
        let directory = input.cwd ?? environment.defaultDirectory
        var variables = environment.variables(input.env, directory: directory)
        if let terminal = input.tty, variables["TERM"] == nil { variables["TERM"] = terminal.term ?? "xterm-256color" }
        terminal = input.tty?.size
        process = ProcessSpec(arguments: arguments, environment: variables, workingDirectory: directory)
        if let invalidity = process.invalidity { throw CallError(.invalidInput, invalidity) }
    }

    /// What carries a program that is elsewhere.
    /// - Parameters:
    ///   - process: itself.
    ///   - terminal: the size of the program's terminal; nil for pipes.
    init(carrying process: ProcessSpec, terminal: TerminalSize?) {
        self.process = process
        self.terminal = terminal
        isCarrier = true
    }

    private static func account(_ user: String, _ environment: ProgramEnvironment) throws(CallError) -> Account {
        guard Account.mayChange else {
            throw CallError(
                .failedPrecondition,
                "programs run here as \(environment.account.name); for another user (\(user)) the spoke must run as root"
            )
        }
        guard let account = Account.named(user) else {
            throw CallError(.failedPrecondition, "this node has no user \"\(user)\"")
        }
        return account
    }
}
