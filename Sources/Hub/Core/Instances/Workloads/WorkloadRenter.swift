import CallProtocol
import Formats
import Logging
import Market
import NIOCore
import Operations
import Store

/// Rents machines for waiting workloads, hands those over whose machine has come, and puts back in the queue those whose
/// machine does not come.
///
/// It looks at rows again and again and keeps nothing: what a hub that died has left, the next one goes on with.
struct WorkloadRenter: Sendable {
    static let interval = Duration.seconds(2)
    /// The pause while nothing is rented and nothing is to be: whoever changes that says so.
    static let idleInterval = Duration.seconds(30)

    let core: HubCore

    func run() async {
        await withDiscardingTaskGroup { group in
            // Apart: providers that are slow to list their offers keep no workload from a machine that has come.
            group.addTask { await again { try await attend() } }
            group.addTask {
                await again {
                    let demands = core.rentals.demands
                    let answers = try await rent(demands)
                    if core.rentals.answer(answers) { core.schedulerSignal.fire() }
                    return demands.isEmpty
                }
            }
        }
    }

    /// Whenever something has changed, and from time to time.
    /// - Parameter body: returns whether there was nothing to do, and will not be by time alone.
    private func again(_ body: () async throws -> Bool) async {
        while !Task.isCancelled {
            let mark = core.rentals.signal.mark
            var isIdle = false
            do { isIdle = try await body() } catch {
                core.logger.error("renting for workloads", metadata: ["error": .string("\(error)")])
            }
            let pause = isIdle ? Self.idleInterval : Self.interval
            do { try await core.rentals.signal.wait(after: mark, atMost: pause, on: core.clock) } catch { return }
        }
    }

    // MARK: What is rented already

    /// - Returns: whether nothing is rented and nothing waits for what is.
    private func attend() async throws -> Bool {
        let (open, waiting) = try await core.store.read { transaction in
            (try transaction.openInstances(), try transaction.provisioningWorkloads())
        }
        let rows = open.compactMap { try? RentedRow($0) }
        core.rentals.setPrices(
            Dictionary(rows.compactMap { row in row.instance.node.map { ($0, row.instance.price) } }) { $1 })
        let byWorkload = Dictionary(grouping: rows.filter { $0.record.workloadId != nil }) {
            $0.record.workloadId ?? ""
        }
        try await endOverspent(rows)
        for workload in waiting {
            // One that cannot be worked on keeps no other from being.
            do { try await attend(to: workload, byWorkload[workload.id]?.first { $0.isComing }) } catch {
                core.logger.error(
                    "renting for a workload",
                    metadata: ["workload": .string(workload.id), "error": .string("\(error)")])
            }
        }
        let wanted = Set(waiting.map(\.id))
        for row in rows {
            // It was cancelled, or is done otherwise: a machine that has not come is not waited for.
            guard let workload = row.record.workloadId, !wanted.contains(workload), row.instance.isBeforeWork else {
                continue
            }
            let now = core.clock.now()
            try await core.changeInstance(row.instance.id) {
                $0.isBeforeWork ? $0.released("its workload does not need it any more", force: true, at: now) : $0
            }
        }
        return open.isEmpty && waiting.isEmpty
    }

    /// - Parameter coming: the machine that is rented for it; nil where none comes any more.
    private func attend(to workload: WorkloadRecord, _ coming: RentedRow?) async throws {
        guard let coming else { return try await putBack(workload) }
        if coming.instance.state == .active { try await handOver(workload, coming) }
        core.workloadTopics.fire(workload.id)
    }

    private func putBack(_ workload: WorkloadRecord) async throws {
        let now = core.clock.now()
        try await core.store.write { transaction in
            let last = try transaction.lastInstance(for: workload.id).flatMap { try? RentedRow($0) }
            let why = last?.instance.whyEnded ?? "nobody knows why"
            // One's own machines may take it at once; when another is rented for it, its history says.
            _ = try transaction.requeueWorkload(
                workload.id, generation: workload.generation, reason: "no machine came for it: \(why)", at: now)
        }
        core.workloadTopics.fire(workload.id)
        core.schedulerSignal.fire()
    }

    /// Makes the attempt on the machine that came, once that takes orders.
    private func handOver(_ workload: WorkloadRecord, _ row: RentedRow) async throws {
        guard let id = row.instance.node, let node = core.directory[id], core.sessions[id]?.isReady == true else {
            return
        }
        let spec = try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: workload.spec))
        let held = HeldResources(spec)
        if let lack = node.lack(of: held) {
            let now = core.clock.now()
            try await core.changeInstance(row.instance.id) { instance in
                instance.ended("has \(lack), which is less than was asked for", another: true, as: .small, at: now)
            }
            return
        }
        let (attempt, now) = (core.ids.next(at: core.clock.now()), core.clock.now())
        let (made, specs) = try await core.store.write { transaction in
            let made = try transaction.assign(
                [
                    Assignment(
                        workloadId: workload.id, generation: workload.generation, nodeId: id, attemptId: attempt,
                        resources: held.text)
                ], at: now)
            return (made, try transaction.specs(of: made.map(\.workloadId)))
        }
        core.deliver(made, specs)
    }
}

extension Instance {
    /// Whether it has not come to work yet.
    var isBeforeWork: Bool { [.intended, .creating, .booting, .enrolled].contains(state) && ending == nil }
}

extension RentedRow {
    /// Whether it, or another in its place, is there for work or may still come.
    var isComing: Bool { instance.wantsAnother || instance.ending == nil && instance.state != .terminated }
}

extension Peer {
    /// What it has too little of; nil where it is enough, or where it does not say.
    fileprivate func lack(of held: HeldResources) -> String? {
        guard let facts else { return nil }
        if facts.cpus * 1_000 < held.milliCPU { return "\(facts.cpus) processors" }
        if facts.memory > 0, facts.memory < held.memory { return ByteSize.string(facts.memory) + " of memory" }
        if let gpus = facts.gpus, gpus.count < held.gpus { return "\(gpus.count) GPUs" }
        return nil
    }
}
