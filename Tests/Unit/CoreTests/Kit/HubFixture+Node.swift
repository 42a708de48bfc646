import Core
import Link
import Operations
import Store
import TestKit
import Testing

extension HubFixture {
    /// A node of the fixture with its first control link.
    struct Node {
        /// The peer's id; its name is `n1`.
        let id: String
        let link: Link
    }

    /// Runs `body` with a hub to which the node `n1` is connected, what plays that node, and an admin's calls.
    static func withNode(
        lostAfterMs: Int64 = 600_000, spoke: FakeSpoke = FakeSpoke(),
        _ body: (_ hub: HubFixture, _ spoke: FakeSpoke, _ calls: CallClient, _ node: Node) async throws -> Void
    ) async throws {
        try await with(lostAfterMs: lostAfterMs) { hub in
            let calls = try await hub.operator_()
            let id = try await hub.add(.spoke, "n1", key: spoke.key)
            let link = try await spoke.connect(to: hub)
            try await hub.connects(id)
            try await body(hub, spoke, calls, Node(id: id, link: link))
        }
    }
}
