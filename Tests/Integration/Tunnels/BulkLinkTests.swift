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
                /// Which link the next connection would take.
                @Sendable func next() -> Link? {
                    let seat = links.take(spoke.id)
                    if let seat { links.give(seat) }
                    return seat?.link
                }
                #expect(next() === control)
                /// They are asked for with each connection: an answer may be under way, or a loss not seen yet.
                func comes(_ count: Int) async throws {
                    try await eventually {
                        _ = next()
                        return presence.bulkLinks(spoke.id).count == count
                    }
                }
                try await comes(1)
                let bulk = presence.bulkLinks(spoke.id)[0]
                #expect(next() === bulk)
                #expect(presence.link(spoke.id) === control)

                var seats = (0..<TunnelLinks.connectionsALink).compactMap { _ in links.take(spoke.id) }
                try await comes(2)
                // The new one has fewer, and takes what comes until they have the same.
                let new = presence.bulkLinks(spoke.id)[1]
                let more = (0..<TunnelLinks.connectionsALink).compactMap { _ in links.take(spoke.id) }
                #expect(more.count { $0.link === new } >= TunnelLinks.connectionsALink / 2)
                // Never more than four, whatever the load.
                seats += more + (0..<1_000).compactMap { _ in links.take(spoke.id) }
                try await comes(4)

                for seat in seats { links.give(seat) }
                for link in presence.bulkLinks(spoke.id) { link.abort() }
                try await eventually { presence.bulkLinks(spoke.id).isEmpty }
                #expect(next() === control)
                try await comes(1)
                #expect(!control.hasEnded)
            }
            try await eventually { hub.core.presence.bulkLinks(spoke.id).isEmpty }
        }
    }
}
