import Formats
import Link
package import Operations
import Store

extension HubCore {
    var hubEntries: [OperationEntry] {
        [HubOperations.status.handled { _, _ in try await self.status() }]
    }

    /// What the hub holds and how it does.
    package func status() async throws -> HubStatus {
        let (counts, latest) = try await store.read { (try $0.workloadCounts(), try $0.latestEvent()) }
        let nodes = directory.nodes
        let states = presence.states(of: nodes).map(\.rawValue)
        return HubStatus(
            version: configuration.software, fingerprint: key.fingerprint.text,
            startedAt: RFC3339.string(startedAt),
            nodes: Dictionary(states.map { ($0, 1) }, uniquingKeysWith: +),
            workloads: Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }),
            links: presence.linkCount + operatorLinks.total, events: latest, memory: ProcessMemory.resident())
    }
}
