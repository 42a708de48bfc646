import Link
import NIOCore
import TestKit
import Testing

@testable import Core

@Suite("Links that carry only the bytes of tunnels", .timeLimit(.minutes(1)))
struct BulkLinkTests {
    @Test(
        "are dialled when a tunnel needs one, more under load, and again after a loss; meanwhile the control link serves"
    )
    func asked() async throws {
        try await LiveHub.with { hub in
            let spoke = try await LiveSpoke(hub, "n1")
            try await spoke.run {
                try await eventually { spoke.isConnected }
                let (links, presence) = (hub.core.tunnelLinks, hub.core.presence)
                let control = try #require(presence.link(spoke.id))
                #expect(links.link(for: spoke.id) === control)
                /// They are asked for with each connection: an answer may be under way, or a loss not seen yet.
                func comes(_ count: Int) async throws {
                    try await eventually {
                        _ = links.link(for: spoke.id)
                        return presence.bulkLinks(spoke.id).count == count
                    }
                }
                try await comes(1)
                let bulk = presence.bulkLinks(spoke.id)[0]
                #expect(links.link(for: spoke.id) === bulk)
                #expect(presence.link(spoke.id) === control)

                links.count(spoke.id, TunnelLinks.connectionsALink)
                try await comes(2)
                let turns = (0..<2).compactMap { _ in links.link(for: spoke.id) }
                #expect(turns[0] !== turns[1])
                // Never more than four, whatever the load.
                links.count(spoke.id, 10_000)
                try await comes(4)

                links.count(spoke.id, -10_000 - TunnelLinks.connectionsALink)
                for link in presence.bulkLinks(spoke.id) { link.abort() }
                try await eventually { presence.bulkLinks(spoke.id).isEmpty }
                #expect(links.link(for: spoke.id) === control)
                try await comes(1)
                #expect(!control.hasEnded)
            }
            try await eventually { hub.core.presence.bulkLinks(spoke.id).isEmpty }
        }
    }
}
