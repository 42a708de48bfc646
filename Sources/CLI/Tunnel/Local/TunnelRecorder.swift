import CallProtocol
import Logging
import Operations
import Synchronization

/// Writes a tunnel's events to its log, and how it is to its status file.
final class TunnelRecorder: TunnelTeller {
    private let repo: TunnelRepo
    private let logger: Logger
    private let report: Mutex<TunnelReport>

    /// - Parameter id: the tunnel's at the hub, which may not have been asked yet.
    init(repo: TunnelRepo, id: String, logger: Logger, startedAt: String) {
        (self.repo, self.logger) = (repo, logger)
        report = Mutex(TunnelReport(id: id, isVerified: false, startedAt: startedAt))
        write { _ in }
    }

    /// Notes what is waited for.
    func waits(_ reason: String) { write { ($0.isVerified, $0.reason) = (false, reason) } }

    func tell(_ event: TunnelEvent, of view: TunnelView) {
        if let name = event.name { logger.log(level: event.level, "\(name)", metadata: event.metadata(view)) }
        write { report in
            (report.label, report.endpoint) = (view.label, view.endpoint)
            event.change(&report)
        }
    }

    private func write(_ change: (inout TunnelReport) -> Void) {
        let report = report.withLock { report in
            change(&report)
            return report
        }
        do { try report.write(repo) } catch {
            logger.warning("status file", metadata: ["error": .string("\(error)")])
        }
    }
}

extension TunnelEvent {
    fileprivate var level: Logger.Level {
        switch self {
        case .deletedUpstream, .terminalFailure: .error
        case .away, .loginLost: .warning
        default: .info
        }
    }

    fileprivate func metadata(_ view: TunnelView) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["id": .string(view.id)]
        metadata["tunnelLabel"] = view.label.map { .string($0) }
        switch self {
        case .ready(let url, let elapsed):
            metadata["url"] = .string(url)
            metadata["elapsedMs"] = .stringConvertible(elapsed)
        case .progress(let progress):
            metadata["steps"] = .dictionary(
                Dictionary(
                    progress.steps.map { step in
                        (step.name.rawValue, .string(step.state.rawValue + (step.reason.map { ": \($0)" } ?? "")))
                    }, uniquingKeysWith: { first, _ in first }))
        case .away(let reason), .loginLost(let reason), .terminalFailure(let reason):
            metadata["reason"] = .string(reason)
        default: break
        }
        return metadata
    }

    fileprivate func change(_ report: inout TunnelReport) {
        switch self {
        case .ready(let url, _): (report.url, report.isVerified, report.reason) = (url, true, nil)
        case .progress(let progress):
            if !progress.isVerified { report.isVerified = false }
            report.reason = progress.words
        case .waiting(let words): report.reason = words
        case .away(let reason), .loginLost(let reason), .terminalFailure(let reason):
            (report.isVerified, report.reason) = (false, reason)
        case .deletedUpstream, .disabled: report.isVerified = false
        default: break
        }
    }
}
