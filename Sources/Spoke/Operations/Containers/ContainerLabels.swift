/// What Capstan writes on the containers it makes; after a restart it is how they are known again.
struct ContainerLabels: Sendable {
    let prefix: String

    var managed: String { prefix + "managed" }
    /// The id of the peer that made it.
    var owner: String { prefix + "owner" }
    /// The node whose spoke made it: spokes that share an engine do not touch each other's.
    var node: String { prefix + "node" }
    var workload: String { prefix + "workload" }
    var attempt: String { prefix + "attempt" }
    /// Under which key, and for which input, its making was asked for: hashes of both.
    var request: String { prefix + "request" }
    var input: String { prefix + "input" }

    /// The caller's labels, without those that are ours to set, and ours.
    func merged(_ own: [String: String], into theirs: [String: String]?) -> [String: String] {
        // All of ours, so that none comes from the image.
        let none = Dictionary(uniqueKeysWithValues: [owner, workload, attempt].map { ($0, "") })
        return (theirs ?? [:]).filter { !$0.key.hasPrefix(prefix) }.merging(none.merging(own) { $1 }) { _, ours in ours
        }
    }

    /// The first of a caller's labels that is not his to set.
    func forbidden(in theirs: [String: String]?) -> String? {
        (theirs ?? [:]).keys.sorted().first { $0.hasPrefix(prefix) }
    }
}
