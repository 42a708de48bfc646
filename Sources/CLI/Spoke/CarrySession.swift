import Daemon
import Glibc
import NIOCore
import NIOPosix
import Operations
import Processes
import SpokeOperations

/// `capstan carry-session`: the process that carries a program in a container for a session, started by a spoke under a
/// supervisor. Its input and output are the session's.
enum CarrySession {
    /// Runs the job of the environment. - Returns: the program's exit code.
    static func run() async -> Int32 {
        do {
            let text = getenv(ContainerSession.variable).map { String(cString: $0) } ?? ""
            let session = try ContainerSession(
                reading: text, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            let watch = try SignalWatch(signals) { heard($0, session) }
            defer { watch.stop() }
            // It may have changed before anybody watched.
            tellSize(session)
            let input = InputDescriptor()
            let outputs = [ProcessOutput.stdout: OutputDescriptor(1), .stderr: OutputDescriptor(2)]
            let (code, message) = await session.run {
                var bytes = ByteBuffer()
                return try await input.read(into: &bytes, limit: 65_536) > 0 ? bytes : nil
            } write: { output, bytes in
                try await outputs[output]?.write(bytes)
            }
            if let message { StandardError.write("capstan: \(message)\(session.hasTerminal ? "\r" : "")\n") }
            return code
        } catch {
            StandardError.write("capstan: \(error)\n")
            return Daemon.ExitCode.failure.rawValue
        }
    }

    private static let signals =
        [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH] + ProcessSignal.allCases.map(\.relayed)

    /// Holds the signals that are to be passed on until somebody watches for them: they would end the process.
    static func holdSignals() {
        var relayed = sigset_t()
        sigemptyset(&relayed)
        for signal in ProcessSignal.allCases { sigaddset(&relayed, signal.relayed) }
        pthread_sigmask(SIG_BLOCK, &relayed, nil)
    }

    private static func heard(_ number: Int32, _ session: ContainerSession) {
        if let signal = ProcessSignal(relayed: number) { return session.pass(signal) }
        if number == SIGWINCH { tellSize(session) } else { session.end() }
    }

    private static func tellSize(_ session: ContainerSession) {
        guard session.hasTerminal, let size = LocalTerminal.size else { return }
        session.resize(
            TerminalSize(
                columns: UInt16(clamping: size.cols), rows: UInt16(clamping: size.rows),
                pixelWidth: UInt16(clamping: size.pixelWidth ?? 0), pixelHeight: UInt16(clamping: size.pixelHeight ?? 0)
            ))
    }
}
