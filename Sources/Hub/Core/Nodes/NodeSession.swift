import CallProtocol
import Link
import Logging
import NIOCore
import Operations
import Store

/// The hub's work with one node over one link: reconcile first, then deliver, pull the journal, watch, fetch logs.
///
/// Ends with its link; the next link gets a session of its own.
final class NodeSession: Sendable {
    enum Work: Sendable {
        case start(AttemptRecord, WorkloadSpec)
        case cancel(String)
        case forget(String)
    }

    /// Calls to the node under way at once.
    static let parallelCalls = 32

    let core: HubCore
    let node: String
    let name: String
    let client: CallClient
    private let link: Link
    private let work: AsyncStream<Work>
    private let workInput: AsyncStream<Work>.Continuation
    let logSignal = ChangeSignal()

    init(core: HubCore, node: String, name: String, link: Link) {
        self.core = core
        self.node = node
        self.name = name
        self.link = link
        client = CallClient(link, deadlines: core.deadlines)
        // Bounded by what the store holds for the node: an attempt is queued here only after it is there.
        (work, workInput) = AsyncStream.makeStream()
    }

    /// Hands an attempt over to be started on the node.
    func deliver(_ attempt: AttemptRecord, _ spec: WorkloadSpec) { workInput.yield(.start(attempt, spec)) }

    /// Asks the node to end an attempt.
    func cancel(_ attempt: String) { workInput.yield(.cancel(attempt)) }

    /// An attempt has ended: its log is to be fetched.
    func collectLogs() { logSignal.fire() }

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [link] in _ = try? await link.end.get() }
            group.addTask { await self.serve() }
            await group.next()
            workInput.finish()
            group.cancelAll()
        }
    }

    private func serve() async {
        do {
            try await learnFacts()
            try await NodeReconciler(session: self).run()
        } catch {
            guard !Task.isCancelled, link.farewell == nil else { return }
            core.logger.error("node not reconciled", metadata: meta(error))
            // Nothing is placed on a node that could not say what it runs: the link is made anew.
            return link.dismiss(GoAway(code: .internalError, reason: "the node's attempts could not be listed"))
        }
        core.schedulerSignal.fire()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.repeating("journal") { try await JournalPuller(session: self).run() } }
            group.addTask { await self.repeating("status") { try await self.watchStatus() } }
            group.addTask { await self.repeating("logs") { try await LogCollector(session: self).run() } }
            group.addTask { await self.doWork() }
        }
    }

    private func learnFacts() async throws {
        let facts = try await client.call(HostOperations.facts, Empty())
        let text = try JSONCoding.encode(facts).description
        try await core.store.write { [node] in try $0.setFacts(node, to: text) }
        core.directory.change(node) { $0.facts = facts }
    }

    private func watchStatus() async throws {
        let subscription = try client.subscribe(HostOperations.status, HostStatusInput())
        while let status = try await subscription.next() {
            core.presence.setStatus(node, status, at: core.clock.now())
        }
    }

    private func doWork() async {
        await withDiscardingTaskGroup { group in
            let slots = AsyncSlots(Self.parallelCalls)
            for await item in work {
                await slots.take()
                guard !Task.isCancelled else { break }
                group.addTask {
                    await AttemptDelivery(session: self).perform(item)
                    slots.give()
                }
            }
            group.cancelAll()
        }
    }

    /// Runs a part again while the link stands, with a pause, and says why it broke off.
    private func repeating(_ part: String, _ body: () async throws -> Void) async {
        while !Task.isCancelled {
            do {
                try await body()
            } catch {
                if Task.isCancelled || link.farewell != nil { return }
                core.logger.warning("node session: \(part)", metadata: meta(error))
            }
            do { try await core.clock.sleep(.seconds(1)) } catch { return }
        }
    }

    func meta(_ error: any Error) -> Logger.Metadata { ["node": .string(name), "error": .string("\(error)")] }
}
