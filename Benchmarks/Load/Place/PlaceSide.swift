import Core
import Formats
import Glibc
import Harness
import Operations
import Store

/// The hub's placement alone: as many nodes and queued workloads as BENCH.md says, in a store on disk.
///
/// For each line `plan` it plans the queue once, in memory; for `round` it does what a round of the scheduler does with
/// the store: reads the queue and what is held, plans, commits an attempt for each placement, and the reasons of those
/// that wait. Each time with a fresh queue. It answers `PLACEMENTS SECONDS CPU-SECONDS`.
///
/// Not in a round: presence and the peer directory, out of which the hub makes the list of nodes, and handing the
/// attempts over to nodes.
struct PlaceSide {
    let folder: String
    private static let (nodes, queued) = (10_000, 100_000)
    /// Rows in one transaction, as the scheduler has them.
    private static let batch = 2_000

    func run() async throws {
        LoadCommands.announce("ready")
        var round = 0
        for await line in LoadCommands.lines() {
            let path = "\(folder)/place-\(round).db"
            round += 1
            let store = try HubStore(path: path)
            let nodes = try await FilledFleet.addNodes(Self.nodes, to: store).enumerated().map(Self.node)
            try await FilledFleet.addWorkloads(Self.queued, to: store)
            let report = line == "plan" ? try await plan(store, nodes) : try await place(store, nodes)
            try await store.close()
            for suffix in ["", "-wal", "-shm", ".reserve"] { unlink(path + suffix) }
            LoadCommands.announce(report)
        }
    }

    private func plan(_ store: HubStore, _ nodes: [Placement.Node]) async throws -> String {
        let snapshot = Self.snapshot(try await QueueReading(store, QueuedWishes()), nodes)
        return try await Self.timed { Placement.plan(snapshot).assignments.count }
    }

    private func place(_ store: HubStore, _ nodes: [Placement.Node]) async throws -> String {
        let (ids, now) = (ULIDGenerator(), RFC3339.now())
        return try await Self.timed {
            let reading = try await QueueReading(store, QueuedWishes())
            let plan = Placement.plan(Self.snapshot(reading, nodes))
            var made = 0
            for part in Self.parts(reading.assignments(plan.assignments) { ids.next(at: now) }) {
                made += try await store.write { try $0.assign(part, at: now).count }
            }
            for part in Self.parts(reading.reasons(plan.waiting)) {
                try await store.write { try $0.setQueueReasons(part) }
            }
            return made
        }
    }

    private static func node(_ number: Int, _ id: String) -> Placement.Node {
        Placement.Node(
            id: id, labels: FilledFleet.labels(number),
            capacity: Placement.Resources(milliCPU: 64_000, memoryBytes: 256 << 30), generation: UInt64(number))
    }

    private static func snapshot(_ reading: QueueReading, _ nodes: [Placement.Node]) -> Placement.Snapshot {
        reading.snapshot(of: nodes, at: RFC3339.now(), policy: .binPack) { $0 }
    }

    private static func timed(_ body: () async throws -> Int) async throws -> String {
        let (start, used) = (LoadLoop.now(), LoadLoop.processorTime())
        let count = try await body()
        return "\(count) \(Double(LoadLoop.now() - start) / 1e9) \(LoadLoop.processorTime() - used)"
    }

    private static func parts<Row>(_ rows: [Row]) -> [[Row]] {
        stride(from: 0, to: rows.count, by: batch).map { Array(rows[$0..<min(rows.count, $0 + batch)]) }
    }
}
