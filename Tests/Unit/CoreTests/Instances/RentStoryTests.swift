import CallProtocol
import Market
import Operations
import Store
import Synchronization
import TestKit
import Testing

@testable import Core

@Suite("What is told of a rent")
struct RentStoryTests {
    private func submit(_ hub: HubFixture, _ calls: CallClient, retries: Int = 0) async throws -> String {
        try await hub.submit(calls) { ($0.rent, $0.retries) = (RentTerms(), retries) }
    }

    private func shown(_ calls: CallClient, _ workload: String) async throws -> WorkloadView {
        try await calls.call(WorkloadOperations.show, WorkloadRef(workload: workload))
    }

    /// Lets time pass until the hub's machine is where it is wished to be.
    private func until(_ hub: HubFixture, _ condition: @Sendable () async throws -> Bool) async throws {
        try await eventually {
            hub.pass(100)
            return try await condition()
        }
    }

    @Test("every phase has its time, the machine says since when it runs, and the workload how long it waited")
    func timeline() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            let id = try await submit(hub, calls)
            let watched = try calls.subscribe(WorkloadOperations.watch, WorkloadRef(workload: id))
            try await until(hub) {
                try await hub.core.store.read { try $0.lastInstance(for: id) }?.document.contains("startedAt") == true
            }
            hub.pass(30_000)
            let coming = try await shown(calls, id)
            let open = try #require(coming.rented?.first?.timeline?.last)
            #expect(open.phase == "pull" && open.isOpen == true && open.durationMs >= 30_000)
            let spoke = FakeSpoke()
            spoke.state.withLock { $0.startedAt = hub.core.clock.now() + 3_600_000 }
            let order = try #require(market.orders.first)
            _ = try await hub.boots(order, as: "i-1", spoke, age: 5_000)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            let view = try await shown(calls, id)
            let steps = try #require(view.rented?.first?.timeline)
            #expect(
                steps.map(\.phase) == ["offer", "create", "boot", "pull", "dial-home", "verify", "first-exec"],
                "\(steps)")
            #expect(steps.allSatisfy { $0.isOpen == nil && $0.durationMs >= 0 && $0.including == nil })
            #expect(steps[4].durationMs >= 5_000 && steps[6].durationMs > 3_000_000)
            let waited = try #require(view.waitedMs)
            #expect(waited > 3_600_000)
            let instance = try await hub.shown(calls, try #require(view.rented?.first?.instance))
            #expect(instance.timeline == steps)
            // Who follows it hears of each step.
            var heard: Set<String> = []
            while let view = try await watched.next() {
                for step in view.rented?.first?.timeline ?? [] where step.isOpen == true { heard.insert(step.phase) }
                if view.state == "running" { break }
            }
            #expect(heard.contains("pull"), "\(heard)")
            try spoke.finish(attempt, endedAt: hub.core.clock.now() + 3_600_001)
            try await hub.becomes(id, .succeeded)
        }
    }

    @Test(
        "an attempt on a rented machine has its cost, in what the hub signs and beside it; on one's own there is none")
    func cost() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            let id = try await submit(hub, calls)
            try await until(hub) { market.orders.count == 1 }
            let spoke = FakeSpoke()
            let start = hub.core.clock.now() + 60_000
            spoke.state.withLock { $0.startedAt = start }
            let (node, _) = try await hub.boots(try #require(market.orders.first), as: "i-1", spoke)
            let attempt = try await hub.attempt(1, of: id, becomes: .running)
            #expect(try await shown(calls, id).attempts.first?.cost == nil, "it goes on")
            hub.pass(1_860_000)
            try spoke.finish(attempt, endedAt: start + 1_800_000)
            try await hub.becomes(id, .succeeded)
            let sent = try #require(spoke.state.withLock { $0.attempts[attempt]?.receipt?.payload })
            let cost = RentCost(amount: 0.2, currency: "USD", perHour: 0.4)
            // It stays the same when the machine and its node are gone.
            _ = try await calls.call(NodeOperations.remove, NodeRemoval(node: node, force: true))
            for _ in 0..<2 {
                #expect(try await shown(calls, id).attempts.first?.cost == cost)
                let receipt = try await calls.call(
                    WorkloadOperations.receipt, WorkloadReceiptInput(workload: id, attempt: nil))
                #expect(receipt.receipt.payload == sent, "what the node has signed is as it was")
                let signed = try #require(receipt.hubStatement)
                #expect(signed.cost == 0.2 && signed.currency == "USD" && signed.perHour == 0.4)
                hub.pass(60_000)
            }
            let mine = FakeSpoke()
            let own = try await hub.add(.spoke, "mine", key: mine.key)
            _ = try await mine.connect(to: hub)
            try await eventually { hub.core.sessions[own]?.isReady == true }
            let other = try await hub.submit(calls) { $0.node = "mine" }
            try mine.finish(try await hub.attempt(1, of: other, becomes: .running), endedAt: 3_600_000)
            try await hub.becomes(other, .succeeded)
            let view = try await shown(calls, other)
            #expect(view.attempts.first?.cost == nil && view.waitedMs == nil && view.rented == nil)
            let free = try await calls.call(
                WorkloadOperations.receipt, WorkloadReceiptInput(workload: other, attempt: nil))
            #expect(free.hubStatement?.cost == 0 && free.hubStatement?.perHour == nil)
        }
    }

    @Test("a spot machine that is taken back loses its attempt at once, in plain words, and another is rented")
    func spot() async throws {
        try await HubFixture.renting(prices: 0.4) { hub, market, calls in
            market.with { $0.offers[0].spot = true }
            let id = try await submit(hub, calls, retries: 1)
            try await until(hub) { market.orders.count == 1 }
            _ = try await hub.boots(try #require(market.orders.first), as: "i-1")
            _ = try await hub.attempt(1, of: id, becomes: .running)
            let instance = try #require(try await shown(calls, id).rented?.first?.instance)
            market.with { ($0.instances[0].status, $0.instances[0].message) = (.stopped, "outbid") }
            let words = "taken back by acme (spot): outbid"
            try await until(hub) { try await hub.attempts(id).first?.state == .lost }
            #expect(try await hub.attempts(id).first?.reason == words)
            #expect(try await shown(calls, id).attempts.first?.reason == words)
            #expect(try await hub.shown(calls, instance).reason?.hasPrefix(words) == true)
            let event = try await hub.events("instance").first { $0.kind == "instance.terminating" }
            #expect(event?.severity == .warning && event?.message.hasSuffix(words) == true)
            // A try is left: it runs again, on another.
            try await until(hub) { market.orders.count == 2 }
            _ = try await hub.boots(market.orders[1], as: "i-2")
            _ = try await hub.attempt(2, of: id, becomes: .running)
        }
    }
}
