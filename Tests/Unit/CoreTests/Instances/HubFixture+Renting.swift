import CallProtocol
import Link
import Market
import Operations
import Synchronization
import TestKit
import Testing

@testable import Core

extension HubFixture {
    /// Runs `body` with a hub that rents at a fake provider, and an admin's calls.
    static func renting(
        prices: Double..., onDisk: Bool = false,
        _ body: (_ hub: HubFixture, _ market: FakeMarket, _ calls: CallClient) async throws -> Void
    ) async throws {
        let market = FakeMarket()
        market.with { state in
            state.offers = prices.enumerated().map { FakeMarket.offer("o\($0.offset + 1)", $0.element) }
        }
        try await with(onDisk: onDisk, markets: market) { hub in
            try await body(hub, market, try await hub.operator_())
        }
    }

    /// Rents the cheapest; returns its id.
    func rent(_ calls: CallClient, _ change: (inout InstanceRentInput) -> Void = { _ in }) async throws -> String {
        var input = InstanceRentInput()
        change(&input)
        return try await calls.call(InstanceOperations.rent, input).id
    }

    func shown(_ calls: CallClient, _ id: String) async throws -> InstanceView {
        try await calls.call(InstanceOperations.show, InstanceRef(instance: id))
    }

    /// Waits until the instance is in a state, while time passes for the hub.
    func instance(
        _ id: String, becomes state: String, passing milliseconds: Int64 = 0, _ calls: CallClient,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let came = try await becomesTrue(within: .seconds(20)) {
            self.pass(milliseconds)
            return try await self.shown(calls, id).state == state
        }
        if !came { Issue.record("\(try await shown(calls, id))", sourceLocation: sourceLocation) }
    }

    /// Comes as the spoke of what was ordered does.
    /// - Parameters:
    ///   - instance: which one it says that it is.
    ///   - age: for how long it says that its container runs.
    func boots(
        _ order: RentOrder, as instance: String?, _ spoke: FakeSpoke = FakeSpoke(), age: Int64? = nil
    ) async throws -> (node: String, spoke: FakeSpoke) {
        let hello = Hello(software: "x", role: .enrol, instance: String(repeating: "1", count: 32))
        let calls = CallClient(try await link(hello, key: spoke.key))
        let token = try JoinToken(try #require(order.env["CAPSTAN_JOIN"]))
        spoke.state.withLock { $0.facts.providerInstance = instance }
        let output = try await calls.call(
            PeerOperations.enrol,
            EnrolInput(
                tokenId: token.id, secret: token.secretText, name: nil, labels: [:],
                facts: spoke.state.withLock { $0.facts }, kind: .spoke, containerAgeMs: age))
        _ = try await spoke.connect(to: self)
        return (output.peerId, spoke)
    }
}
