import FoundationEssentials
import GRDB

/// Somebody whose rights end at some nodes: what is shown to them is what is theirs and what is on those nodes.
package struct Audience: Sendable, Equatable {
    /// The peer who looks.
    package var peer: String
    /// The nodes that they may look at.
    package var nodes: Set<String>

    package init(peer: String, nodes: Set<String>) {
        self.peer = peer
        self.nodes = nodes
    }

    /// Whether an attempt may be shown: the whole of one's own workloads, and of others' what is on one's nodes.
    package func maySee(_ attempt: AttemptRecord, of workload: WorkloadRecord) -> Bool {
        workload.owner == peer || nodes.contains(attempt.nodeId)
    }
}

extension Audience {
    /// Own workloads, and those whose current or last attempt is on one of the nodes.
    var ofWorkloads: (condition: String, arguments: StatementArguments) {
        ("(owner = ? OR nodeId IN (SELECT value FROM json_each(?)))", [peer, list])
    }

    /// What they did, what happened on the nodes, and what is about their own workloads.
    var ofEvents: (condition: String, arguments: StatementArguments) {
        let condition = """
            (actor = ? OR node IN (SELECT value FROM json_each(?))
                OR EXISTS (SELECT 1 FROM workloads WHERE workloads.id = subject AND owner = ?))
            """
        return (condition, [peer, list, peer])
    }

    /// One argument however many nodes there are.
    private var list: String {
        let text = try? JSONEncoder().encode(nodes.sorted())
        return text.map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }
}
