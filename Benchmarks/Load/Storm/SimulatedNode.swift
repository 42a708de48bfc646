import CallProtocol
import Crypto
import Link
import Operations
import Synchronization

/// What every simulated spoke serves: all that a hub asks of a node by itself, answered as one with nothing to do answers.
///
/// One registry for all of them: they differ in their keys alone.
final class SimulatedNode: Sendable {
    let registry: OperationRegistry
    /// As HELLO names it.
    let digest: String
    private let counts: Counts

    /// What all of them together have done since the start.
    private final class Counts: Sendable {
        /// Statuses told.
        let statuses = Atomic(0)
        /// Subscriptions of the status: the last thing a hub asks for when it takes up its work with a node.
        let watched = Atomic(0)
    }

    /// - Parameter interval: between two statuses of one spoke.
    init(interval: Duration) throws {
        let counts = Counts()
        let (facts, status) = (Self.facts, Self.status)
        let own = [
            HostOperations.facts.handled { _, _ in facts },
            HostOperations.status.subscribed { _, _, sink in
                counts.watched.add(1, ordering: .relaxed)
                while true {
                    try await sink.send(status)
                    counts.statuses.add(1, ordering: .relaxed)
                    try await Task.sleep(for: interval)
                }
            },
            AttemptOperations.list.handled { _, _ in AttemptStatusList(attempts: [], epoch: Self.epoch) },
            JournalOperations.watch.subscribed { _, _, sink in
                try await sink.send(JournalBatch(epoch: Self.epoch, acknowledged: 0, rows: []))
                // Nothing ever happens; the call ends with its link.
                while true { try await Task.sleep(for: .seconds(3_600)) }
            },
        ]
        self.counts = counts
        registry = try OperationRegistry(own + OperationOperations.entries(own))
        digest = Hex.encode(SHA256.hash(data: registry.canonicalList))
    }

    var statuses: Int { counts.statuses.load(ordering: .relaxed) }

    var watched: Int { counts.watched.load(ordering: .relaxed) }

    private static let epoch = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e"

    private static var facts: HostFacts {
        var facts = HostFacts(
            hostname: "storm", os: "Debian GNU/Linux 12 (bookworm)", arch: "x86_64", cpus: 16, memory: 64 << 30)
        facts.kernel = "6.1.0-25-amd64"
        facts.disks = [HostFacts.Disk(mount: "/", total: 500 << 30, free: 300 << 30)]
        facts.gpus = []
        facts.limits = .accounting
        facts.hostFingerprint = String(repeating: "5c", count: 32)
        facts.software = "capstan-bench"
        facts.protocolVersion = 1
        return facts
    }

    private static var status: HostStatus {
        var status = HostStatus(
            now: "2026-01-01T00:00:00.000Z", sessions: 0, attempts: 0, spokeUptimeSeconds: 86_400, warnings: [])
        status.cpuPercent = 12.5
        status.load1 = 0.75
        status.memoryUsed = 9 << 30
        status.memoryTotal = 64 << 30
        status.diskFree = 300 << 30
        status.diskTotal = 500 << 30
        status.disks = [HostFacts.Disk(mount: "/", total: 500 << 30, free: 300 << 30)]
        status.network = [HostStatus.Interface(name: "eth0", received: 123_456_789_012, sent: 98_765_432_109)]
        status.spokeMemory = 18 << 20
        return status
    }
}
