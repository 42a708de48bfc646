import CallProtocol
import NIOCore
import Operations
import Store
import Synchronization

/// What a queued workload asks of a node, out of its row and its specification.
struct QueuedWish: Sendable {
    var held: HeldResources
    var selector: LabelSelector
    /// The nodes that its submitter may use.
    var reach: NodeReach
    /// As the person wrote it: an id, a name or the beginning of an id.
    var node: String?
    var gpuModel: String?
    var needsEngine: Bool
    /// What may be rented for it.
    var rent: WorkloadRent?

    init(_ spec: WorkloadSpec, reach: NodeReach) {
        held = HeldResources(spec)
        selector = (try? LabelSelector(parsing: spec.labels ?? [])) ?? .everything
        self.reach = reach
        node = spec.node
        gpuModel = spec.gpuModel
        rent = WorkloadRent(spec)
        // Whose image a rented machine begins with, runs in no other, and needs no engine there.
        needsEngine = spec.image != nil && rent == nil
        if let mark = rent?.imageMark {
            selector =
                (try? LabelSelector(parsing: (spec.labels ?? []) + ["\(Bootstrap.imageLabel)=\(mark)"])) ?? selector
        }
    }
}

/// The wishes of all queued workloads, each read and decoded once: neither a specification nor the reach of its submitter
/// ever changes, and a queue of 100,000 is looked through again and again.
package final class QueuedWishes: Sendable {
    /// Why a workload waits whose specification this release cannot read.
    static let unreadable = "its specification cannot be read by this release of the hub"

    private let known = Mutex<[String: QueuedWish?]>([:])

    package init() {}

    /// Those of `queued` whose specification has yet to be read.
    func unknown(of queued: [QueuedWorkload]) -> [String] {
        known.withLock { known in queued.lazy.map(\.id).filter { known[$0] == nil } }
    }

    /// Takes specifications in, by workload, and forgets what is not queued any more.
    /// - Returns: the wish of each of `queued`; nil where its specification cannot be read.
    func take(_ specs: [String: String], of queued: [QueuedWorkload]) -> [QueuedWish?] {
        known.withLock { known in
            let wishes = queued.map { row -> QueuedWish? in
                if let wish = known[row.id] { return wish }
                guard let text = specs[row.id] else { return nil }
                let spec = try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: text))
                let wish = spec.map { QueuedWish($0, reach: NodeReach(stored: row.reach)) }
                known[row.id] = .some(wish)
                return wish
            }
            // Not for every one that leaves the queue: it is a walk through all of it.
            if known.count > 2 * queued.count + 1_000 {
                known = Dictionary(
                    zip(queued.lazy.map(\.id), wishes).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
            }
            return wishes
        }
    }
}
