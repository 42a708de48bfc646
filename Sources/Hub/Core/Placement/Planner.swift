extension Placement {
    /// One run of the scheduler: sort, keep room for those who waited too long, place, preempt, give reasons.
    struct Planner {
        let snapshot: Snapshot
        /// Ready demands, oldest first, one of each workload.
        let demands: [Demand]
        let queue: [FairQueue.Item]
        let targets: [Target]
        let reaches: [Reach]
        let signatures: [Signature]
        /// The signature of each demand.
        let signatureOf: [Int]
        var table: NodeTable
        var ledger: Ledger
        var holds: [Hold] = []
        /// The holds of a demand, as indices.
        var holdsOf: [Int: [Int]] = [:]
        /// The holds on a node, as indices.
        var holdsOn: [Int: [Int]] = [:]
        var plan = Plan()
        var isPlaced: [Bool]
        /// Demands looked at and not placed, in order.
        var passedOver: [FairQueue.Item] = []
        /// Reasons that belong to one demand and not to its signature.
        var ownReason: [Int: WaitReason] = [:]

        init(_ snapshot: Snapshot) {
            self.snapshot = snapshot
            let (ready, waiting) = Self.ready(snapshot)
            plan.waiting = waiting
            demands = ready

            let (targets, targetOf) = Self.intern(ready.map(Target.init))
            let table = NodeTable(
                nodes: snapshot.nodes, running: snapshot.running, targets: targets, policy: snapshot.policy,
                seed: snapshot.seed)
            self.targets = targets
            self.table = table
            reaches = targets.map { Reach($0, table) }
            (signatures, signatureOf) = Self.intern(
                zip(ready, targetOf).map { demand, target in
                    Signature(target: target, need: demand.resources.asAttempt)
                })

            let usable = table.nodes.filter { $0.unavailability == nil }
            var ledger = Ledger(total: usable.reduce(.zero) { $0.adding($1.capacity) })
            for attempt in snapshot.running {
                ledger.charge(attempt.resources.asAttempt, to: ledger.slot(of: attempt.owner))
            }
            let ageing = Self.ageing(snapshot)
            queue = ready.enumerated().map { index, demand in
                let (waitedMs, overflow) = snapshot.nowMs.subtractingReportingOverflow(demand.submittedAtMs)
                let waited = overflow ? 0 : Double(max(0, waitedMs)) / 60_000
                return FairQueue.Item(
                    demand: index, owner: ledger.slot(of: demand.owner), priority: demand.priority, waited: waited,
                    effective: Double(demand.priority) + ageing * waited)
            }
            self.ledger = ledger
            isPlaced = Array(repeating: false, count: ready.count)
        }

        /// Makes the plan.
        mutating func run() -> Plan {
            keepRoom()
            place()
            if snapshot.preemption { preempt() }
            giveReasons()
            return plan
        }

        /// Goes through the demands in fair order and gives each the best node that it may take.
        private mutating func place() {
            var order = FairQueue(queue, ledger: ledger, ages: Self.ageing(snapshot) > 0)
            // Room only shrinks while a plan is made, so that what failed once need not be tried again, unless it comes
            // with more right to room that is held.
            var failed = Array(repeating: nil as (effective: Double, priority: Int)?, count: signatures.count)
            var open = signatures.count
            while open > 0 || snapshot.preemption || !holds.isEmpty {
                guard let item = order.next(ledger) else { break }
                let signature = signatureOf[item.demand]
                if takeOwnHold(item) {
                    order.ownerCharged(item.owner)
                    continue
                }
                if let last = failed[signature], item.effective <= last.effective, item.priority <= last.priority {
                    passedOver.append(item)
                    continue
                }
                if let node = best(signature) {
                    table.take(signatures[signature].need, on: node)
                    assign(item, node)
                } else if !takeFromHold(item) {
                    if failed[signature] == nil { open -= 1 }
                    failed[signature] = (
                        max(item.effective, failed[signature]?.effective ?? 0),
                        max(item.priority, failed[signature]?.priority ?? 0)
                    )
                    passedOver.append(item)
                    continue
                }
                order.ownerCharged(item.owner)
            }
        }

        /// Writes an assignment down; the room is taken by the caller.
        mutating func assign(_ item: FairQueue.Item, _ node: Int) {
            isPlaced[item.demand] = true
            ledger.charge(demands[item.demand].resources.asAttempt, to: item.owner)
            plan.assignments.append(
                Assignment(
                    workloadID: demands[item.demand].workloadID, nodeID: table.nodes[node].id,
                    nodeGeneration: table.nodes[node].generation))
        }

        /// Points a minute; anything that is no sensible number counts as off or as the most there is.
        static func ageing(_ snapshot: Snapshot) -> Double {
            snapshot.ageing.isNaN ? 0 : min(1_000_000, max(0, snapshot.ageing))
        }

        private static func ready(_ snapshot: Snapshot) -> ([Demand], [String: WaitReason]) {
            var ready: [Demand] = []
            ready.reserveCapacity(snapshot.queued.count)
            var waiting: [String: WaitReason] = [:]
            waiting.reserveCapacity(snapshot.queued.count)
            var seen = Set<String>(minimumCapacity: snapshot.queued.count)
            let sorted = snapshot.queued.sorted {
                $0.submittedAtMs != $1.submittedAtMs
                    ? $0.submittedAtMs < $1.submittedAtMs : $0.workloadID < $1.workloadID
            }
            for demand in sorted where seen.insert(demand.workloadID).inserted {
                if let due = demand.notBeforeMs, due > snapshot.nowMs {
                    waiting[demand.workloadID] = .backoff(untilMs: due)
                } else {
                    ready.append(demand)
                }
            }
            return (ready, waiting)
        }

        /// The distinct values in order of appearance, and the index of each element's value among them.
        private static func intern<Value: Hashable>(_ values: [Value]) -> ([Value], [Int]) {
            var known: [Value: Int] = [:]
            var distinct: [Value] = []
            let indices = values.map { value in
                if let index = known[value] { return index }
                known[value] = distinct.count
                distinct.append(value)
                return distinct.count - 1
            }
            return (distinct, indices)
        }
    }
}
