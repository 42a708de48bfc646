import ArgumentParser
import Testing

@testable import capstan

@Suite("The short way from arguments to a command")
struct CommandParsingTests {
    private static let good = [
        ["exec", "n", "--wait", "2s", "--env", "A=b", "--", "ls", "-l", "--help"],
        ["run", "--label", "a=b", "--cpus", "0.5", "--", "true"], ["node", "list", "-o", "json", "--quiet"],
        ["call", "node/list", "{}", "--node", "n"], ["hub", "serve", "--state-dir", "/d"], ["token", "create"],
        ["spoke", "join", "@/t", "--name", "n"], ["context", "use", "a"], ["workload", "logs", "-f", "w"], ["events"],
    ]
    /// What is not a command: each is answered in words that name the whole path.
    private static let others = [
        [], ["--help"], ["-h"], ["--version"], ["help"], ["help", "exec"], ["nodes"], ["node", "--help"],
        ["node", "lis"], ["node", "list", "--help"], ["node", "help", "list"], ["node", "list", "-o", "xml"],
        ["exec", "--wait", "soon"], ["exec", "-h"], ["token", "create", "--kind", "ghost"], ["login"],
        ["exec", "--generate-completion-script", "bash"], ["--generate-completion-script", "zsh"],
        ["--generate-completion-script"], ["run", "--version"], ["run", "--nonsense"],
        ["call", "--experimental-dump-help"],
        ["--experimental-dump-help"], ["---completion", "node", "list", "--", "--output", "0", "0"],
    ]

    @Test("gives the very command that the true root gives", arguments: good)
    func same(arguments: [String]) async throws {
        let quick = try #require(CommandParsing.quickly(arguments))
        var (mine, root) = ("", "")
        dump(quick, to: &mine)
        dump(try Capstan.parseAsRoot(arguments), to: &root)
        #expect(mine == root)
    }

    @Test("leaves help, versions, completion and mistakes to the true root, word for word", arguments: others)
    func words(arguments: [String]) async throws {
        #expect(await said { try await CommandParsing.parse(arguments) } == said { try Capstan.parseAsRoot(arguments) })
    }

    @Test("says the same help for every command")
    func help() async throws {
        func paths(_ root: any ParsableCommand.Type, _ above: [String]) -> [[String]] {
            root.configuration.subcommands.flatMap { command -> [[String]] in
                let path = above + [command._commandName]
                return [path] + paths(command, path)
            }
        }
        for path in paths(Capstan.self, []) {
            let (mine, root) = (
                await said { try await CommandParsing.parse(path + ["--help"]) },
                await said { try Capstan.parseAsRoot(path + ["--help"]) }
            )
            #expect(mine == root && mine.contains("USAGE: capstan \(path.joined(separator: " "))"), "\(path)")
        }
    }

    /// All that comes of arguments that ask for words: the words, and the exit code.
    private func said(_ parse: () async throws -> any ParsableCommand) async -> String {
        do {
            var command = try await parse()
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
            return "it ran"
        } catch {
            return "\(Capstan.exitCode(for: error).rawValue) \(Capstan.fullMessage(for: error))"
        }
    }
}
