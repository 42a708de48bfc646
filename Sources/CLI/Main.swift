import Dispatch
import Glibc
import Processes
import SpokeOperations

/// The one binary: hub, spoke and command line, and a spoke's helpers: the supervisor of a program that outlives it, the
/// guard of those that do not, what carries a workload's container, and
/// the init of its own container.
@main
struct Main {
    static func main() {
        StandardStreams.fill()
        let arguments = CommandLine.arguments.dropFirst()
        // First of all, before arguments are parsed: helpers are to stay small.
        switch arguments.first {
        case "supervise": exit(Supervisor.main(arguments: Array(arguments.dropFirst())))
        case "guard": exit(GuardProcess.main())
        case "carry":
            // Nobody awaits it: it is the program, and it ends the process.
            Task { exit(await Carry.run()) }
            dispatchMain()
        case ContainerSession.command:
            CarrySession.holdSignals()
            Task { exit(await CarrySession.run()) }
            dispatchMain()
        default: break
        }
        // The orphans of a container come to its first process; of ours only a spoke has any.
        if getpid() == 1, arguments.starts(with: ["spoke", "run"]) { exit(InitProcess.main(CommandLine.unsafeArgv)) }
        // The one task that nobody awaits: it is the program, and it ends the process.
        Task { await CommandRunner.run(Array(arguments)) }
        dispatchMain()
    }
}
