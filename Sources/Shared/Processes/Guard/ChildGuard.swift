import CProcesses
import Glibc
import Synchronization

/// Lets children end with this process however it ends, SIGKILL included.
///
/// A helper, `capstan guard`, holds the reading end of a pipe whose writing end nobody but this process has. It is told
/// which programs run; when the pipe ends, it ends them. A child's number is taken back before the child is reaped, so
/// that what the helper knows is never free for a stranger while this process lives. That a child is about to be started
/// is told with the pipe that it will write to: by that it is found where the process did not live to tell more.
package final class ChildGuard: Sendable {
    private struct Helper {
        let watch: ChildWatch
        let pipe: PipeEnd
    }

    private struct State {
        var programs: [UInt32: GuardNote.News] = [:]
        var last: UInt32 = 0
        var helper: Helper?
    }

    private static let shortestPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(30)

    private let state = Mutex(State())
    private let poller: Poller

    /// Without a helper until `run`, which is told what was started before.
    package init(poller: Poller = .shared) { self.poller = poller }

    /// A program is about to be started.
    /// - Parameter output: its end of the pipe that becomes its standard output; nil on a terminal, which hangs up on it.
    func begin(output: Int32?) -> GuardedStart {
        let news = GuardNote.News.starts(pipe: output.map(cp_file_number) ?? 0)
        let program = state.withLock { state in
            repeat { state.last &+= 1 } while state.programs[state.last] != nil
            state.programs[state.last] = news
            Self.tell([GuardNote(state.last, news)], state.helper)
            return state.last
        }
        return GuardedStart(guardian: self, program: program)
    }

    fileprivate func note(_ program: UInt32, _ news: GuardNote.News) {
        state.withLock { state in
            state.programs[program] = news == .isOver ? nil : news
            Self.tell([GuardNote(program, news)], state.helper)
        }
    }

    /// Keeps a helper until the task is cancelled; one that ends is followed by another. The last one stays to the end
    /// of this object or process.
    /// - Parameters:
    ///   - executable: the file to run as `executable guard`.
    ///   - trouble: called with a sentence each time a helper ends or cannot be started.
    package func run(
        executable: String, clock: any Clock<Duration>, trouble: @Sendable (String) -> Void
    ) async {
        var pause = Self.shortestPause
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            do {
                let watch = try start(executable)
                defer { watch.release() }
                let exit = try await watch.waitForExit()
                trouble("the guard of programs ended with \(exit.shellCode)")
            } catch is CancellationError {
                return
            } catch {
                trouble("the guard of programs cannot be started: \(error)")
            }
            if begin.duration(to: .now) > Self.longestPause { pause = Self.shortestPause }
            do { try await clock.sleep(for: pause) } catch { return }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func start(_ executable: String) throws -> ChildWatch {
        cp_ignore_write_signals()
        let pipe = try Pipe(capacity: 1 << 18)
        let null = Descriptor(try SystemError.check("open /dev/null", cp_open("/dev/null", O_RDWR, 0)))
        let spec = ProcessSpec(
            arguments: ["capstan", "guard"], environment: SupervisorClient.environment(), workingDirectory: "/")
        let writing = PipeEnd(pipe.writing.take(), .write, poller: poller)
        let started: Result<ChildWatch, SystemError> = state.withLock { state in
            // Told before it is there, so that it knows all from the start, however soon this process is killed.
            let isTold = Self.write(state.programs.map { GuardNote($0.key, $0.value) }, to: writing)
            let pid = Launcher.spawn(executable, spec, files: [pipe.reading.fd, null.fd, null.fd])
            guard pid > 0 else { return .failure(SystemError("start \(executable)", code: -pid)) }
            let helper = Helper(watch: ChildWatch(pid: pid, poller: poller), pipe: writing)
            state.helper = helper
            if !isTold { _ = helper.watch.signal(ProcessSignal.kill.number) }
            return .success(helper.watch)
        }
        return try started.get()
    }

    /// Never waits. A helper that does not take what it is told is of no use: `run` sees its end and starts another.
    private static func tell(_ notes: [GuardNote], _ helper: Helper?) {
        guard let helper, !write(notes, to: helper.pipe) else { return }
        _ = helper.watch.signal(ProcessSignal.kill.number)
    }

    private static func write(_ notes: [GuardNote], to pipe: PipeEnd) -> Bool {
        let bytes = notes.flatMap(\.bytes)
        guard !bytes.isEmpty else { return true }
        return (try? bytes.withUnsafeBytes { try pipe.write($0) }) == .bytes(bytes.count)
    }
}

/// A program that its guard was told of, from before its start to its end.
struct GuardedStart: Sendable {
    fileprivate let guardian: ChildGuard
    fileprivate let program: UInt32

    /// It leads a process group from now on.
    /// - Parameter ticks: when it began, since boot; 0 for a child of ours, whose number nobody else has before it is reaped.
    func started(_ pid: Int32, since ticks: UInt64 = 0) { guardian.note(program, .runs(pid: pid, since: ticks)) }

    /// Nothing of it is ours any more, or it could not be started; to be called before it is reaped.
    func ended() { guardian.note(program, .isOver) }
}
