import CProcesses
import Glibc

/// The first process of a container: it starts this binary again as its worker, passes signals on to it, and reaps
/// whatever is left to it.
///
/// Entered before argument parsing and Foundation. A worker that ends by itself ends the container with its code. One
/// that a signal ends, as SIGKILL does when memory is short, is started again: what its supervisors keep goes on under
/// the same init meanwhile.
package enum InitProcess {
    /// What is passed on to the worker.
    private static let passedOn = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

    /// Runs until the worker has ended for good.
    /// - Parameter arguments: the process's own, from the program's name to the NULL, byte for byte the worker's too.
    /// - Returns: the exit code of the process: the worker's, or 128 and the signal that ended it when it was asked to
    ///   stop; 71 when the system denies what an init needs.
    package static func main(_ arguments: UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32 {
        let numbers = passedOn + [SIGCHLD]
        let signals = cp_signalfd(numbers, Int32(numbers.count))
        guard signals >= 0 else {
            say("cannot take signals: \(SystemError.text(-signals))")
            return 71
        }
        var loop = InitLoop(signals: signals) {
            var pid: pid_t = 0
            // Blocked and handled signals are the worker's own matter again.
            let result = cp_spawn("/proc/self/exe", arguments, nil, nil, [0, 1, 2], &pid)
            return result < 0 ? result : pid
        }
        return loop.run()
    }

    static func say(_ text: String) { _ = Files.write(Array("capstan: \(text)\n".utf8), to: 2) }
}
