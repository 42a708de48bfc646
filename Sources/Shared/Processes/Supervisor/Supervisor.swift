import CProcesses
import Glibc

/// The process that starts one program, outlives whoever asked for it, records its output and keeps its end.
///
/// It is this binary again, as `capstan supervise DIRECTORY`, entered before argument parsing and Foundation so that
/// it stays small. It has one thread. From its stdin it takes an encoded `SupervisorSpec`; on its stdout it says one
/// line and closes it: `started PID`; `failed CODE TEXT` when the program could not be started, which is recorded as
/// the session's end; `exists` when the directory is there already; `refused TEXT` when nothing was made at all.
package enum Supervisor {
    /// Runs to the end of the program. `arguments` are those after `supervise`: the session's directory.
    /// Returns the exit code of the process: 0, or 64 when it was called wrongly, 1 when it refused.
    package static func main(arguments: [String]) -> Int32 {
        guard let path = arguments.first, arguments.count == 1, !path.isEmpty else { return 64 }
        cp_ignore_write_signals()
        cp_set_name("capstan-session")
        _ = setsid()
        // A starter that dies while it writes leaves half a spec: then nothing was asked for.
        guard let head = Files.read(exactly: SupervisorSpec.headLength, from: 0) else { return 64 }
        do {
            let length = try SupervisorSpec.bodyLength(head: head)
            guard let body = Files.read(exactly: length, from: 0) else { return 64 }
            return try supervise(path, SupervisorSpec.decoded(body: body))
        } catch {
            report("refused \(error)")
            return 1
        }
    }

    private static func supervise(_ path: String, _ given: SupervisorSpec) throws(SystemError) -> Int32 {
        var spec = given
        // The working directory changes below, so what is relative to the starter's is made absolute now.
        spec.process.workingDirectory = absolute(given.process.workingDirectory)
        try SystemError.check("become a subreaper", cp_become_subreaper())
        let signals = try SystemError.check(
            "take signals", cp_signalfd([SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT], 5))
        switch try SessionDirectory.make(path, about: spec.session?.about ?? []) {
        case .exists:
            report("exists")
            return 0
        case .made(let directory):
            detach(errors: directory.log)
            let startedMs = Time.unixMilliseconds()
            do throws(LaunchError) {
                let program = try SupervisedProgram(starting: spec)
                directory.writeStarted(program: program.pid, startedMs: startedMs)
                report("started \(program.pid)")
                closeReport()
                let loop = SupervisorLoop(
                    spec: spec, program: program, recording: directory.recording, socket: directory.socket,
                    signals: signals)
                var record = loop.run()
                record.startedMs = startedMs
                keep(record, directory)
                loop.live?.farewell(loop.program, within: 2 * SupervisorLoop.second)
                loop.clients.farewell()
            } catch {
                _ = spec.group?.remove()
                var record = ExitRecord(launchError: error)
                record.startedMs = startedMs
                record.endedMs = Time.unixMilliseconds()
                keep(record, directory)
                report("failed \(record.exit.code) \(record.error ?? "")")
            }
            return 0
        }
    }

    /// Leaves the exit record. On a disk without room, or one that fails, it is tried again each second: as long as
    /// the supervisor lives the session is not over, and a record that is lost could never be found again.
    private static func keep(_ record: ExitRecord, _ directory: borrowing SessionDirectory) {
        while let error = directory.writeExit(record) {
            _ = Files.write(Array("\(error)\n".utf8), to: 2)
            // The directory was removed under us: nobody wants to know.
            if error.code == ENOENT { return }
            sleep(1)
        }
    }

    /// stdin from nowhere, stderr to the log; stdout stays until the report.
    private static func detach(errors log: Int32) {
        let null = cp_open("/dev/null", O_RDWR, 0)
        if null >= 0 {
            dup2(null, 0)
            if null > 2 { close(null) }
        }
        dup2(log, 2)
    }

    private static func closeReport() { dup2(0, 1) }

    /// Whoever started us may be gone; that changes nothing.
    private static func report(_ line: String) {
        _ = Files.write(Array((line + "\n").utf8), to: 1)
    }

    private static func absolute(_ path: String?) -> String {
        if let path, path.hasPrefix("/") { return path }
        let here = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
            getcwd(buffer.baseAddress, buffer.count).map { String(cString: $0) } ?? "/"
        }
        return path.map { here + "/" + $0 } ?? here
    }
}
