import Foundation
import Store
import TestKit
import Testing

@testable import Core

@Suite("Many nodes that come and go together")
struct ManyNodesTests {
    private static let count = 1_200

    @Test("What became of all of them is told in a few steps, and placement is asked to look once")
    func together() async throws {
        try await HubFixture.with { hub in
            try await hub.store.write { transaction in
                for number in 0..<Self.count {
                    try transaction.insertPeer(
                        PeerRecord(id: "N\(number)", kind: .spoke, name: "n\(number)", state: .active, createdAt: 1),
                        key: PeerKeyRecord(
                            fingerprint: "sha256:\(number)", peerId: "N\(number)", spki: Data(), addedAt: 1))
                }
            }
            try await hub.core.directory.load(from: hub.store)
            try await eventually { hub.core.presence.live("N7") != nil }
            let mark = hub.core.schedulerSignal.mark
            hub.pass(31_000)
            try await eventually(within: .seconds(30)) {
                let told = try await hub.store.read { transaction in
                    try transaction.events(after: 0, filter: EventFilter(kinds: ["node.offline"]), limit: 10_000).events
                }
                return Set(told.compactMap(\.node)).count == Self.count && told.count == Self.count
            }
            // The first look at them may still be ending.
            #expect(hub.core.schedulerSignal.mark - mark <= 3)
        }
    }
}
