import CProcesses
import Glibc

/// A program running on pipes, the leader of a session and process group of its own.
///
/// Nothing is read from it unless asked, so a slow reader slows the program. The program is always reaped, but its
/// process table entry stays until this object is let go, so that its group can be signalled safely until then.
/// Letting go of a running program closes its pipes and leaves it running: `terminate` it first.
package final class PipeProcess: Sendable {
    /// The program's process id, process group and session.
    package let pid: Int32
    private let input: PipeEnd
    private let output: PipeEnd
    private let errors: PipeEnd
    let watch: ChildWatch

    private init(pid: Int32, input: PipeEnd, output: PipeEnd, errors: PipeEnd, watch: ChildWatch) {
        self.pid = pid
        self.input = input
        self.output = output
        self.errors = errors
        self.watch = watch
    }

    deinit { watch.release() }

    /// Starts a program. SIGPIPE is ignored in this process from then on.
    /// - Parameters:
    ///   - guardian: ends the program's group when this process is gone; without one the program goes on then.
    ///   - pipeCapacity: the wished size of each pipe in bytes; the system may give less.
    package static func start(
        _ spec: ProcessSpec, guardian: ChildGuard? = nil, pipeCapacity: Int32 = 1 << 18, poller: Poller = .shared
    ) throws(LaunchError) -> PipeProcess {
        cp_ignore_write_signals()
        let input = try Pipe(capacity: pipeCapacity)
        let output = try Pipe(capacity: pipeCapacity)
        let errors = try Pipe(capacity: pipeCapacity)
        let guarded = guardian?.begin(output: output.writing.fd)
        let pid: Int32
        do throws(LaunchError) {
            pid = try Launcher.start(
                spec, input: input.reading.fd, output: output.writing.fd, error: errors.writing.fd)
        } catch {
            guarded?.ended()
            throw error
        }
        let watch = ChildWatch(pid: pid, poller: poller, guarded: guarded)
        return PipeProcess(
            pid: pid,
            input: PipeEnd(input.writing.take(), .write, poller: poller),
            output: PipeEnd(output.reading.take(), .read, poller: poller),
            errors: PipeEnd(errors.reading.take(), .read, poller: poller),
            watch: watch)
    }

    /// Our side of one of the program's descriptors.
    func end(_ stream: ProcessOutput) -> PipeEnd { stream == .stdout ? output : errors }
    var stdin: PipeEnd { input }
}
