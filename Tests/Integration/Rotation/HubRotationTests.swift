import Agent
import CallProtocol
import Daemon
import Link
import NIOCore
import Operations
import TestKit
import Testing

@testable import Core

@Suite("The hub changes its key over TLS", .timeLimit(.minutes(2)))
struct HubRotationTests {
    @Test("a spoke that slept through three rotations finds the hub by its old pin, and pins the new key alone")
    func slept() async throws {
        try await LiveHub.with { hub in
            let spoke = try await LiveSpoke(hub, "n1")
            let first = hub.core.key.fingerprint
            for _ in 1...3 { try await hub.rotate() }
            #expect(hub.core.identity.statements.count == 3)
            try await spoke.run {
                try await eventually { spoke.isConnected }
                try await spoke.pinsBecome([hub.core.key.fingerprint])
            }
            #expect(hub.core.key.fingerprint != first)
            // From the pin of yesterday it goes on.
            try await hub.rotate()
            try await spoke.run { try await eventually { spoke.isConnected } }
        }
    }

    @Test("links stand while the key changes, and tokens made before lead to the hub")
    func running() async throws {
        try await LiveHub.with { hub in
            let spoke = try await LiveSpoke(hub, "n1")
            try await spoke.run {
                try await eventually { spoke.isConnected }
                let link = try #require(hub.core.presence.link(spoke.id))
                let old = hub.core.key
                try await hub.rotate()
                #expect(!link.hasEnded)
                #expect(hub.core.presence.link(spoke.id) === link)
                // A machine with a token of before.
                let late = try await LiveSpoke(hub, "n2", pins: [old.fingerprint])
                try await late.run { try await eventually { late.isConnected } }
            }
        }
    }

    @Test("after a revocation the old pin leads nowhere, whatever rotations follow")
    func revoked() async throws {
        try await LiveHub.with { hub in
            let (old, late) = (try await LiveSpoke(hub, "old"), try await LiveSpoke(hub, "late"))
            try await hub.rotate()
            try await hub.rotate(revoking: true)
            try await hub.rotate()
            #expect(hub.core.identity.statements.count == 1)
            let before = try old.identity.hubFingerprints
            try await old.run {
                try await eventually {
                    old.told.all.contains { status in
                        guard case .disconnected(reason: let reason) = status else { return false }
                        return reason.contains("not the pinned one")
                    }
                }
            }
            #expect(try old.identity.hubFingerprints == before)
            #expect(!old.isConnected)
            #expect(!late.isConnected)
            let fresh = try await LiveSpoke(hub, "fresh")
            try await fresh.run { try await eventually { fresh.isConnected } }
        }
    }
}
