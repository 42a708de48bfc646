import CallProtocol
import NIOCore
import Operations
import Store
import Synchronization

/// What a queued workload asks of a node, out of its specification.
struct QueuedWish: Sendable {
    var held: HeldResources
    var selector: LabelSelector
    /// As the person wrote it: an id, a name or the beginning of an id.
    var node: String?

    init(_ spec: WorkloadSpec) {
        held = HeldResources(spec)
        selector = (try? LabelSelector(parsing: spec.labels ?? [])) ?? .everything
        node = spec.node
    }
}

/// The wishes of all queued workloads, each read and decoded once: a specification never changes, and a queue of
/// 100,000 is looked through again and again.
final class QueuedWishes: Sendable {
    /// Why a workload waits whose specification this release cannot read.
    static let unreadable = "its specification cannot be read by this release of the hub"

    private let known = Mutex<[String: QueuedWish?]>([:])

    /// Those that can be read, by workload.
    var all: [String: QueuedWish] { known.withLock { $0.compactMapValues { $0 } } }

    /// Those of `queued` whose specification has yet to be read.
    func unknown(of queued: [QueuedWorkload]) -> [String] {
        known.withLock { known in queued.lazy.map(\.id).filter { known[$0] == nil } }
    }

    /// Takes specifications in, by workload, and forgets what is not queued any more.
    func take(_ specs: [String: String], keeping queued: [QueuedWorkload]) {
        let fresh = specs.mapValues { text in
            (try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: text))).map(QueuedWish.init)
        }
        known.withLock { known in
            known.merge(fresh) { old, _ in old }
            guard known.count > queued.count else { return }
            let ids = Set(queued.map(\.id))
            known = known.filter { ids.contains($0.key) }
        }
    }
}
