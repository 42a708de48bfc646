import Agent
import Daemon
import Formats
import Link
import Logging
import Synchronization

/// Tells what becomes of a spoke's link: on stdout when it comes or goes, in `status.json` also when the reason for its
/// absence is another one.
final class SpokeNews: Sendable {
    private struct State {
        var isConnected: Bool?
        var since: Int64 = 0
    }

    private let file: SpokeStatusFile
    private let logger: Logger
    private let lines: MachineLine
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter now: unix milliseconds.
    init(
        file: SpokeStatusFile, logger: Logger, lines: MachineLine = MachineLine(),
        now: @escaping @Sendable () -> Int64 = RFC3339.now
    ) {
        self.file = file
        self.logger = logger
        self.lines = lines
        self.now = now
    }

    func tell(_ status: SpokeAgent.Status) {
        let isConnected: Bool
        switch status {
        case .connected: isConnected = true
        case .disconnected: isConnected = false
        case .keyRotated, .keyRefused: return tellOfKey(status)
        }
        let now = now()
        let (since, hasTurned) = state.withLock { state in
            let hasTurned = state.isConnected != isConnected
            if hasTurned { state = State(isConnected: isConnected, since: now) }
            return (state.since, hasTurned)
        }
        file.write(status, since: since, logger: logger)
        guard hasTurned else { return }
        switch status {
        case .connected(let node):
            lines.announce("hub_status", ["status": "connected"])
            lines.announce("spoke_connected", ["node": .string(node)])
        case .disconnected(let reason):
            lines.announce("hub_status", ["status": "disconnected", "reason": .string(reason)])
        case .keyRotated, .keyRefused: break
        }
    }

    private func tellOfKey(_ status: SpokeAgent.Status) {
        file.write(status, since: state.withLock { $0.since }, logger: logger)
        switch status {
        case .keyRotated(let key): lines.announce("spoke_key_rotated", ["fingerprint": .string(key.text)])
        case .keyRefused(let key, let reason):
            lines.announce("spoke_key_refused", ["fingerprint": .string(key.text), "reason": .string(reason)])
        case .connected, .disconnected: break
        }
    }

    /// The spoke has stopped: there is nothing to tell any more.
    func remove() { file.remove() }
}
