import CallProtocol
import Formats
import FoundationEssentials
import Link
import Operations
import Store

/// A hub's database with more nodes and workloads than anybody would make one by one, written through the hub's own store.
///
/// The nodes are never connected; their keys are random bytes that nobody holds.
struct FilledFleet {
    /// The hub's state directory, initialised, and served by nobody.
    let folder: String
    private static let batch = 1_000

    /// Adds nodes of three classes in eight zones.
    /// - Returns: their ids.
    @discardableResult
    func fill(nodes count: Int) async throws -> [String] {
        let store = try HubStore(path: folder + "/hub.db")
        let ids = try await Self.addNodes(count, to: store)
        try await store.close()
        return ids
    }

    /// The same into an open store.
    @discardableResult
    static func addNodes(_ count: Int, to store: HubStore) async throws -> [String] {
        let (generator, now) = (ULIDGenerator(), RFC3339.now())
        var ids: [String] = []
        for start in stride(from: 0, to: count, by: batch) {
            let rows = try (start..<min(count, start + batch)).map { number in
                let facts = HostFacts(
                    hostname: name(number), os: "linux", arch: "x86_64", cpus: 64, memory: 256 << 30)
                return PeerRecord(
                    id: generator.next(at: now), kind: .spoke, name: name(number),
                    labels: try JSONCoding.encode(labels(number)).description, createdAt: now,
                    lastSeenAt: now - 60_000, facts: try JSONCoding.encode(facts).description)
            }
            try await store.write { transaction in
                for row in rows {
                    let spki = (0..<91).map { _ in UInt8.random(in: 0...255) }
                    try transaction.insertPeer(
                        row,
                        key: PeerKeyRecord(
                            fingerprint: Fingerprint(spki: spki).text, peerId: row.id, spki: Data(spki), addedAt: now))
                }
            }
            ids += rows.map(\.id)
        }
        return ids
    }

    /// Queues workloads of fifty owners and five sizes, a quarter of them for one zone or one class.
    static func addWorkloads(_ count: Int, to store: HubStore) async throws {
        let (generator, now) = (ULIDGenerator(), RFC3339.now())
        for start in stride(from: 0, to: count, by: batch) {
            let rows = try (start..<min(count, start + batch)).map { number in
                var spec = WorkloadSpec(cmd: ["true"])
                spec.cpus = sizes[number % sizes.count]
                spec.memory = Int64(1 + number % 4) << 30
                if number % 4 == 0 { spec.labels = [wanted[number / 4 % wanted.count]] }
                return WorkloadRecord(
                    id: generator.next(at: now), name: "w\(number)", owner: "owner-\(number % 50)",
                    spec: try JSONCoding.encode(spec).description, priority: priorities[number % priorities.count],
                    submittedAt: now)
            }
            try await store.write { transaction in
                for row in rows { _ = try transaction.submit(row) }
            }
        }
    }

    static func labels(_ number: Int) -> [String: String] {
        ["zone": "z\(number % 8)", "rack": "r\(number / 40)", "class": ["small", "large", "gpu"][number % 3]]
    }

    private static func name(_ number: Int) -> String {
        let digits = String(number)
        return "node-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    private static let sizes = [0.25, 0.5, 1, 2, 4]
    private static let wanted = ["zone=z1", "zone=z2", "class=large", "!spot", "zone!=z3"]
    private static let priorities = [20, 50, 50, 80]
}
