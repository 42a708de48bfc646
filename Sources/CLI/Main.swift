import Dispatch
import Glibc
import Processes

/// The one binary: hub, spoke and command line, and the supervisor of a program that outlives its spoke.
@main
struct Main {
    static func main() {
        // First of all, before arguments are parsed: a supervisor is to stay small.
        if CommandLine.arguments.count > 1, CommandLine.arguments[1] == "supervise" {
            exit(Supervisor.main(arguments: Array(CommandLine.arguments.dropFirst(2))))
        }
        // The one task that nobody awaits: it is the program, and it ends the process.
        Task { await CommandRunner.run(Array(CommandLine.arguments.dropFirst())) }
        dispatchMain()
    }
}
