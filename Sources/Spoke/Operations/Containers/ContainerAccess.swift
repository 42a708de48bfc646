import CallProtocol
import Operations

/// Which containers somebody may use: his own, and those that his role names. The hub has checked the right to do it at
/// all, and says for whom it asks.
struct ContainerAccess: Sendable {
    /// The id of the peer; nil for the hub itself.
    let peer: String?
    private let name: String
    private let patterns: [String]?

    init(_ caller: Caller) {
        peer = caller.forwardedFor?.peer
        name = caller.forwardedFor?.name ?? caller.name
        patterns = caller.forwardedFor.map { $0.resources ?? [] }
    }

    /// Whether a container is the caller's to use.
    func covers(_ container: ContainerView) -> Bool {
        guard let patterns else { return true }
        if let owner = container.owner, owner == peer { return true }
        return patterns.contains {
            ResourcePattern.matches($0, container.id) || ResourcePattern.matches($0, container.name)
        }
    }

    /// - Throws: `FORBIDDEN`.
    func check(_ container: ContainerView) throws(CallError) {
        guard !covers(container) else { return }
        let owner = container.owner == nil ? "was not made through Capstan" : "belongs to somebody else"
        throw CallError(
            .forbidden,
            "container \(container.name) \(owner); `\(name)` may use its own, and those that a grant with resources names"
        )
    }
}
