import ArgumentParser
import Operations
import Testing

@testable import capstan

@Suite("The command tree")
struct CommandTreeTests {
    static func all(_ root: any ParsableCommand.Type = Capstan.self) -> [any ParsableCommand.Type] {
        [root] + root.configuration.subcommands.flatMap { all($0) }
    }

    /// The command that arguments mean.
    static func parsed(_ arguments: [String]) throws -> any ParsableCommand { try Capstan.parseAsRoot(arguments) }

    @Test("Every command has a summary and an example")
    func examples() {
        for command in Self.all() {
            let configuration = command.configuration
            #expect(!configuration.abstract.isEmpty, "\(command)")
            #expect(configuration.discussion.contains("capstan "), "\(command) shows no example")
        }
    }

    @Test("Help is wrapped once, to the width of the terminal, and no example is broken")
    func wrapping() {
        #expect(String.flowing("a\nb\n\nExample:\n  c\n  d\n") == "a b\n\nExample:\n  c\n  d\n")
        for command in Self.all() {
            for line in command.configuration.discussion.split(separator: "\n") where line.hasPrefix(" ") {
                #expect(line.count <= 80, "\(command): \(line)")
                #expect(Capstan.helpMessage(for: command, columns: 80).contains(line), "\(command): \(line)")
            }
        }
    }

    @Test("The commands are those of the product, by the names of the product")
    func names() {
        func name(_ command: any ParsableCommand.Type) -> String { command._commandName }
        let nouns = Capstan.configuration.subcommands.map { name($0) }.sorted()
        #expect(
            nouns == [
                "budget", "call", "container", "context", "copy", "events", "exec", "forward", "hub", "image",
                "instance",
                "login", "node", "operations", "operator", "pool", "provider", "role", "run", "session", "shell",
                "spoke",
                "token", "tunnel",
                "workload",
            ])
        #expect(
            Tunnel.configuration.subcommands.map { name($0) } == [
                "create", "list", "show", "listen", "update", "enable", "disable", "delete", "ps", "status", "logs",
                "stop", "start", "install", "uninstall", "run",
            ])
        #expect(
            Node.configuration.subcommands.map { name($0) } == [
                "list", "show", "label", "drain", "undrain", "approve", "remove",
            ])
        #expect(
            Container.configuration.subcommands.map { name($0) } == [
                "list", "inspect", "create", "start", "stop", "restart", "kill", "remove", "rename", "wait", "logs",
                "exec", "stats", "top", "copy-in", "copy-out",
            ])
        #expect(
            Image.configuration.subcommands.map { name($0) } == ["list", "inspect", "pull", "load", "remove"])
        #expect(
            Operator.configuration.subcommands.map { name($0) }
                == ["list", "set-role", "disable", "enable", "remove"])
        #expect(Role.configuration.subcommands.map { name($0) } == ["list", "show", "create", "remove"])
        #expect(Token.configuration.subcommands.map { name($0) } == ["create", "list", "revoke"])
        #expect(Context.configuration.subcommands.map { name($0) } == ["list", "use", "remove"])
        #expect(
            Workload.configuration.subcommands.map { name($0) } == ["list", "show", "logs", "cancel", "receipt"])
        #expect(Set(Spoke.configuration.subcommands.map { name($0) }).isSuperset(of: ["join", "rotate-key"]))
        #expect(Set(Hub.configuration.subcommands.map { name($0) }).isSuperset(of: ["init", "serve", "rotate-key"]))
    }

    @Test("exec takes a node, and a program after the two dashes with all its own flags")
    func exec() throws {
        let command = try #require(
            try Capstan.parseAsRoot(["exec", "gpu-1", "--env", "A=b", "--", "ls", "-l", "--help"]) as? Exec)
        #expect(command.node == "gpu-1")
        #expect(command.command == ["ls", "-l", "--help"])
        #expect(command.environment == ["A=b"])
    }

    @Test("run takes what and where as options")
    func run() throws {
        let command = try #require(
            try Capstan.parseAsRoot([
                "run", "--label", "gpu=true", "--label", "!slow", "--cpus", "0.5", "--memory", "4G", "--retries", "3",
                "--retry-on-failure", "--time-limit", "2h", "--priority", "70", "--env", "A=1", "--", "train.sh",
            ]) as? Run)
        var workload = WorkloadSpecSample.empty
        try command.job.apply(to: &workload)
        #expect(workload.labels == ["gpu=true", "!slow"])
        #expect(workload.cpus == 0.5)
        #expect(workload.memory == 4 << 30)
        #expect(workload.retries == 3)
        #expect(workload.retryOnFailure == true)
        #expect(workload.timeLimitMs == 7_200_000)
        #expect(workload.priority == 70)
        #expect(workload.env == ["A": "1"])
        #expect(command.command == ["train.sh"])
    }

    @Test(
        "Bad arguments are refused by the parser",
        arguments: [
            ["nodes"], ["node", "list", "-o", "xml"], ["exec", "n", "--wait", "soon", "--", "true"],
            ["run", "--memory", "much", "--", "true"], ["token", "create", "--kind", "ghost"],
            ["workload", "show"], ["login"],
        ])
    func refused(arguments: [String]) {
        #expect(throws: (any Error).self) { try Capstan.parseAsRoot(arguments) }
    }

    @Test("A negative number is a number, and is refused for what it is")
    func negative() throws {
        for (option, value) in [("--cpus", "-1"), ("--priority", "-5"), ("--retries", "-2")] {
            let command = try #require(try Capstan.parseAsRoot(["run", option, value, "--", "true"]) as? Run)
            var workload = WorkloadSpecSample.empty
            let failure = #expect(throws: Failure.self) { try command.job.apply(to: &workload) }
            #expect(failure?.message.contains("\(option) \(value)") == true, "\(failure?.message ?? "")")
        }
    }

    @Test("Completion scripts can be made", arguments: [CompletionShell.bash, .zsh, .fish])
    func completion(shell: CompletionShell) {
        #expect(Capstan.completionScript(for: shell).contains("workload"))
    }
}
