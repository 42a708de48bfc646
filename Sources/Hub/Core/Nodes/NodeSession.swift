import CallProtocol
import Link
import Logging
import NIOCore
import Operations
import Store
import Synchronization

/// The hub's work with one node over one link: reconcile first, then deliver, pull the journal, watch, fetch logs.
///
/// Ends with its link; the next link gets a session of its own. A node with which nothing happens has one task, which
/// waits for a ``Wake``; each part of the work that there is has a task until it is done.
final class NodeSession: Sendable {
    /// Attempts that the node is told something about at once.
    static let parallelCalls = 32
    /// Bytes of what a node says of itself, at most, because the hub keeps it: a status by spec 4 KiB, and its envelope.
    static let (statusLimit, factsLimit) = (5 << 10, 64 << 10)

    let core: HubCore
    let node: String
    let name: String
    let client: CallClient
    let orders = AttemptOrders()
    let logSignal = ChangeSignal()
    let rest = NodeRest()
    let link: Link
    /// Ends when the link is over, or a newer one has a session.
    private let wakes: AsyncStream<Wake>
    let feed: AsyncStream<Wake>.Continuation
    let slots = AsyncSlots(parallelCalls)
    let state = Mutex(State())

    /// A part of the work that there is something to do for.
    enum Wake: Sendable {
        case orders, journal, logs, status
    }

    struct State {
        var isReconciled = false
        /// Where the journal is to be pulled from first, once it is known.
        var place: JournalCursor??
        var journal: JournalWatch?
        var status: Subscription<HostStatus>?
        /// Whether logs are being collected, or somebody was woken to.
        var collectsLogs = false
        /// Attempts given up whose results came after all, and with them a log.
        var late: Set<String> = []
    }

    init(core: HubCore, node: String, name: String, link: Link) {
        self.core = core
        self.node = node
        self.name = name
        self.link = link
        client = CallClient(link, deadlines: core.deadlines)
        (wakes, feed) = AsyncStream.makeStream()
    }

    /// Whether the lists have been compared and the link takes orders: only then is something new placed on the node.
    var isReady: Bool { state.withLock { $0.isReconciled } && link.farewell == nil && !link.hasEnded }

    /// Whether the node or the hub has said goodbye over the link, and what is under way finishes.
    var isParting: Bool { link.farewell != nil }

    /// Hands an attempt over to be started on the node.
    func deliver(_ attempt: AttemptRecord, _ spec: WorkloadSpec) {
        add(.start(attempt, spec.onNode), for: attempt.id)
    }

    /// The same with the specification from the store; false when there is none that can be read.
    func deliver(_ attempt: AttemptRecord) async throws -> Bool {
        let workload = try await core.store.read { try $0.workload(attempt.workloadId) }
        guard let workload, let spec = try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: workload.spec))
        else { return false }
        deliver(attempt, spec)
        return true
    }

    /// Asks the node to end an attempt.
    func cancel(_ attempt: String) { add(.cancel, for: attempt) }

    /// Tells the node that everything of an ended attempt is safe here.
    func forget(_ attempt: String) { add(.forget, for: attempt) }

    /// An attempt has ended: its log is to be fetched.
    func collectLogs() {
        logSignal.fire()
        wakeLogs()
    }

    /// The same for an attempt that was given up before.
    func collectLate(_ attempt: String) {
        state.withLock { _ = $0.late.insert(attempt) }
        collectLogs()
    }

    func takeLate() -> Set<String> {
        state.withLock { state in
            defer { state.late = [] }
            return state.late
        }
    }

    /// A newer link of the node has a session: this one ends, so that a link that is draining carries only what
    /// others still do over it.
    func retire() { feed.finish() }

    func run() async {
        link.end.whenComplete { [feed] _ in feed.finish() }
        await withDiscardingTaskGroup { group in
            // Tasks of their own also where one follows the other: what a task needed it keeps until it ends.
            group.addTask { await self.begin() }
            for await wake in wakes { group.addTask { await self.attend(to: wake) } }
            group.cancelAll()
        }
        takeJournal()?.subscription.close()
        keepStatus(nil)?.close()
        core.catalogs.detach(node, link)
    }

    private func begin() async {
        let start: NodeReconciler.Start
        do {
            try await learnOperations()
            start = try await prepare()
        } catch is NodeRolledBack {
            return refuseRolledBack()
        } catch {
            defer { retire() }
            guard !Task.isCancelled, link.farewell == nil else { return }
            core.logger.error("node not reconciled", metadata: meta(error))
            // Nothing is placed on a node that could not say what it runs: the link is made anew.
            return link.dismiss(GoAway(code: .internalError, reason: "the node's attempts could not be listed"))
        }
        state.withLock { state in
            state.isReconciled = true
            state.place = .some(start.place)
        }
        core.schedulerSignal.fire()
        wake(.journal)
        watchStatus()
        // Whatever ended since has fired the signal.
        if start.hasLogs || logSignal.mark > 0 { wakeLogs() }
        if orders.open() { wake(.orders) }
    }

    /// What has to be known and written before anything is placed on the node.
    ///
    /// While the hub's disk is full it is tried again over the same link: what needs no disk goes on meanwhile.
    private func prepare() async throws -> NodeReconciler.Start {
        while true {
            do {
                try await learnFacts()
                return try await NodeReconciler(session: self).run()
            } catch StoreError.diskFull {
                core.logger.error("node not reconciled yet", metadata: meta(StoreError.diskFull))
                try await core.clock.sleep(.seconds(1))
            }
        }
    }

    /// Sends a copy away until the attempts that it does not know are lost: for so long the real node may come back.
    private func refuseRolledBack() {
        defer { retire() }
        let pause = core.configuration.graceMs + core.configuration.lostAfterMs + 5_000
        core.trail.tell(
            EventDraft(
                at: core.clock.now(), kind: "node.rolled-back", severity: .security, node: node, subject: node,
                message: "\(name) does not know what it confirmed before: "
                    + "a copy of its state directory, or a restored backup; it is sent away"))
        link.dismiss(
            GoAway(
                code: .duplicatePeer,
                reason: "this state directory is older than what it told the hub: a copy, or a restored backup",
                retryAfterMilliseconds: UInt32(clamping: pause)))
    }

    /// Facts that cannot be had leave those of the last time.
    private func learnFacts() async throws {
        guard var facts = try await askFacts() else { return }
        let known = core.directory[node]?.facts
        facts.gpus = facts.gpus ?? known?.gpus
        guard known != facts else { return }
        let text = try JSONCoding.encode(facts).description
        try await core.store.write { [node] in try $0.setFacts(node, to: text) }
        core.directory.change(node) { $0.facts = facts }
    }

    /// Nil where the node cannot say; what is known of it stays.
    private func askFacts() async throws -> HostFacts? {
        do throws(CallError) {
            return try await client.call(HostOperations.facts, Empty(), .init(answerLimit: Self.factsLimit))
        } catch {
            guard error.code != .unavailable else { throw error }
            core.logger.warning("node's facts not learnt", metadata: meta(error))
            return nil
        }
    }

    /// A node that cannot say what it can be asked is asked again by whoever wants to know.
    private func learnOperations() async throws {
        guard core.catalogs.attach(node, link) else { return }
        do throws(CallError) {
            _ = try await core.catalogs.learn(node, over: link)
        } catch {
            guard error.code != .unavailable else { throw error }
            core.logger.warning("node's operations not learnt", metadata: meta(error))
        }
    }

    func meta(_ error: any Error) -> Logger.Metadata { ["node": .string(name), "error": .string("\(error)")] }
}
