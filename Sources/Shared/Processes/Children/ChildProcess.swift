import CProcesses
import Glibc
import Synchronization

/// A program running on pipes or on a terminal, the leader of a session and process group of its own.
///
/// Nothing is read from it unless asked (from a terminal that an event loop reads, a few KiB), so a slow reader slows the program. The program is always reaped, but its
/// process table entry stays until this object is let go, so that its group can be signalled safely until then.
/// Letting go of a running program closes its pipes and leaves it running: `terminate` it first.
///
/// On a terminal there is one output, and stderr is at its end from the start.
package final class ChildProcess: Sendable {
    /// The program's process id, process group and session.
    package let pid: Int32
    /// Whether it runs on a terminal.
    package let hasTerminal: Bool
    let input: PipeEnd
    private let output: PipeEnd
    private let errors: PipeEnd?
    /// Who reads its terminal, where an event loop does.
    let reader = Mutex<TerminalReader?>(nil)
    let watch: ChildWatch

    private init(watch: ChildWatch, input: PipeEnd, output: PipeEnd, errors: PipeEnd?) {
        pid = watch.pid
        hasTerminal = errors == nil
        self.input = input
        self.output = output
        self.errors = errors
        self.watch = watch
    }

    deinit {
        reader.withLock { $0.take() }?.stop()
        watch.release()
    }

    /// Starts a program. SIGPIPE is ignored in this process from then on.
    /// - Parameters:
    ///   - account: whose it is; nil for this process's own. Needs a superuser, and forks.
    ///   - guardian: ends the program's group when this process is gone; without one the program goes on then.
    ///   - pipeCapacity: the wished size of each pipe in bytes; the system may give less.
    package static func start(
        _ spec: ProcessSpec, account: Account? = nil, guardian: ChildGuard? = nil, pipeCapacity: Int32 = 1 << 18,
        poller: Poller = .shared
    ) throws(LaunchError) -> ChildProcess {
        cp_ignore_write_signals()
        let input = try Pipe(capacity: pipeCapacity)
        let output = try Pipe(capacity: pipeCapacity)
        let errors = try Pipe(capacity: pipeCapacity)
        let watch = try launch(guardian?.begin(output: output.writing.fd), poller) { () throws(LaunchError) in
            try Launcher.start(
                spec, .files([input.reading.fd, output.writing.fd, errors.writing.fd]), account: account)
        }
        return ChildProcess(
            watch: watch,
            input: PipeEnd(input.writing.take(), .write, poller: poller),
            output: PipeEnd(output.reading.take(), .read, poller: poller),
            errors: PipeEnd(errors.reading.take(), .read, poller: poller))
    }

    /// Starts a program on a new terminal of this size, which hangs up when this object or process is gone.
    package static func start(
        _ spec: ProcessSpec, on size: TerminalSize, account: Account? = nil, guardian: ChildGuard? = nil,
        poller: Poller = .shared
    ) throws(LaunchError) -> ChildProcess {
        cp_ignore_write_signals()
        let terminal = try PseudoTerminal(size)
        let (reading, writing) = try terminal.ends()
        let input = PipeEnd(writing, .write, poller: poller)
        let output = PipeEnd(reading, .read, poller: poller)
        let watch = try launch(guardian?.begin(output: nil), poller) { () throws(LaunchError) in
            try Launcher.start(spec, .terminal(terminal.path), account: account)
        }
        return ChildProcess(watch: watch, input: input, output: output, errors: nil)
    }

    private static func launch(
        _ guarded: GuardedStart?, _ poller: Poller, _ start: () throws(LaunchError) -> Int32
    ) throws(LaunchError) -> ChildWatch {
        do throws(LaunchError) {
            return ChildWatch(pid: try start(), poller: poller, guarded: guarded)
        } catch {
            guarded?.ended()
            throw error
        }
    }

    /// Our side of one of the program's descriptors; nil where it has no such one.
    func end(_ stream: ProcessOutput) -> PipeEnd? { stream == .stdout ? output : errors }

    /// Gives its terminal another size. False without a terminal, and when it is gone.
    @discardableResult
    package func resize(_ size: TerminalSize) -> Bool {
        hasTerminal && output.withDescriptor { PseudoTerminal.resize($0, size) } ?? false
    }

    /// The process group in its terminal's foreground; nil where there is none.
    var foreground: Int32? {
        hasTerminal ? output.withDescriptor { PseudoTerminal.foreground($0) } ?? nil : nil
    }
}
