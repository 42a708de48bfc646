import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Glibc

struct SpokeDown: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Stop the spoke of this machine; what it started goes on.",
        discussion: .flowing(
            """
            Example:
              capstan spoke down --state-dir ./spoke
              capstan spoke down --state-dir ./spoke --sessions
            """))

    @Option(help: "Where the spoke keeps its state.", completion: .directory)
    var stateDir: String?

    @Flag(help: "End the programs of workloads and kept sessions too.")
    var sessions = false

    @Option(help: "How long to wait for it to stop.", transform: { try DurationText.parse($0) })
    var wait: Duration = .seconds(70)

    @OptionGroup var output: OutputOptions

    func run() async throws {
        let directory = try StateDirectory.own(.spoke, flag: stateDir)
        guard let pid = try SpokeProcess.pid(in: directory) else {
            throw Failure(.failedPrecondition, "no spoke runs from \(directory.path)")
        }
        if sessions { try EndSessionsMark(directory: directory).leave(for: pid) }
        guard kill(pid, SIGTERM) == 0 else {
            throw Failure(.forbidden, "cannot stop pid \(pid): \(String(cString: strerror(errno)))")
        }
        let deadline = ContinuousClock.now + wait
        let noticeAt = ContinuousClock.now + .seconds(1)
        var isTold = false
        while try SpokeProcess.pid(in: directory) == pid {
            guard ContinuousClock.now < deadline else {
                throw Failure(.timeout, "pid \(pid) has not stopped yet", advice: "see \(directory.file("spoke.log"))")
            }
            if !isTold, ContinuousClock.now >= noticeAt {
                isTold = true
                output.printer.notice("the spoke is stopping; what is under way on it has a moment to finish")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        output.printer.notice("the spoke has stopped")
    }
}
