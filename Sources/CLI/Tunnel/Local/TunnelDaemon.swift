import Agent
import CallProtocol
import Daemon
import Formats
import Glibc
import Logging
import NIOPosix
import Operations
import Processes

/// The process of a tunnel that runs by itself: lock, PID file, log, link, announcement.
struct TunnelDaemon: Sendable {
    let repo: TunnelRepo
    let settings: TunnelSettings

    /// The log begins a new file at 10 MB; five older ones are kept.
    private static let logSize = 10 << 20
    private static let logsKept = 5

    func run() async throws {
        let lock = try repo.lock()
        defer { lock.release() }
        // What the one before has told is not so any more.
        TunnelState.forget(repo)
        try TunnelState.note(repo)
        defer { TunnelState.forget(repo) }
        let log = JSONLinesLog(
            sink: try RotatingFile(path: repo.logPath, limit: Self.logSize, keep: Self.logsKept))
        defer { log.flush() }
        let logger = log.logger(label: "tunnel", limitsRepeats: false)
        let signals = try ShutdownSignals(logger: logger)
        try await DaemonLog(logger: logger).around(lock) {
            DescriptorLimit.raise()
            logger.info("tunnel_starting", metadata: ["pid": .stringConvertible(getpid())])
            try await work(signals, logger, links: log.logger(label: "link"))
        }
    }

    private func work(_ signals: ShutdownSignals, _ logger: Logger, links: Logger) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let recorder = TunnelRecorder(
            repo: repo, id: settings.tunnel, logger: logger, startedAt: RFC3339.string(RFC3339.now()))
        guard
            let peer = try await unlessStopped(
                signals,
                {
                    try await Patience.while({ $0.code == .unavailable || $0.code == .timeout }, logger) {
                        try await TunnelPeer.open(
                            in: try repo.project(settings.project), name: repo.peerName,
                            source: try settings.source(group),
                            group: group, logger: links
                        ) { recorder.waits($0) }
                    }
                })
        else { return }
        let (connector, id) = (peer.connector, settings.tunnel)
        let taking = TunnelTaking(options: TunnelOptions(), connector: connector, deadline: Deadline(in: nil))
        let runtime = TunnelRuntime(peer: peer, connector: connector, teller: recorder) {
            try await Patience.while({ connector.mayPass($0) }, logger) {
                do {
                    return (try await taking.enabled(try await taking.shown(id, leadingTo: nil)), false)
                } catch let error as CallError where error.code == .notFound {
                    logger.error("tunnel_deleted_upstream", metadata: ["id": .string(id)])
                    throw Failure.failed(
                        "the tunnel \(repo.name) (\(id)) was deleted at the hub",
                        advice: "capstan tunnel listen --detach \(repo.arguments) --endpoint E makes it anew")
                }
            }
        }
        try await runtime.run { _ = await signals.wait() }
    }

    /// What `body` returns; nil when a signal came before.
    private func unlessStopped<Value: Sendable>(
        _ signals: ShutdownSignals, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                _ = await signals.wait()
                return nil
            }
            return try await group.next() ?? nil
        }
    }
}

/// Trying again for as long as the hub is away.
enum Patience {
    static func `while`<Value>(
        _ mayPass: (CallError) -> Bool, _ logger: Logger, _ body: () async throws -> Value
    ) async throws -> Value {
        var pause = RetryPause()
        while true {
            do { return try await body() } catch let error as CallError {
                guard mayPass(error) else { throw error }
                try Task.checkCancellation()
                logger.info("tunnel_away", metadata: ["reason": .string(error.message)])
                try await Task.sleep(for: .seconds(pause.take()))
            }
        }
    }
}
