import CallProtocol
import Formats
import Link
import NIOCore
import Operations
import Store
import TestKit
import Testing

@testable import Core

@Suite("The limits for those who enrol")
struct EnrolmentLimitTests {
    private let time = TestTime()
    private var limits: EnrolmentLimits { EnrolmentLimits(monotonic: { [time] in time.now }) }

    private func network(_ address: String) -> HostAddress {
        PeerIdentity(fingerprint: Fingerprint(spki: [1]), spki: [1], address: address).network
    }

    @Test("Ten failed tries a minute of one network, then it waits until the first of them is a minute old")
    func perNetwork() {
        let limits = limits
        let one = network("192.0.2.1")
        for _ in 1...9 { limits.failed(one) }
        time.pass(20_000)
        #expect(limits.wait(one) == nil)
        limits.failed(one)
        #expect(limits.wait(one) == 40_000)
        #expect(limits.wait(network("192.0.2.2")) == nil)
        time.pass(39_999)
        #expect(limits.wait(one) == 1)
        time.pass(1)
        #expect(limits.wait(one) == nil)
    }

    @Test("The addresses that one host gets count as one: 64 bits of IPv6, and IPv4 however it is written")
    func networks() {
        let limits = limits
        for number in 1...EnrolmentLimits.perNetwork { limits.failed(network("2001:db8:1:2::\(number)")) }
        #expect(limits.wait(network("2001:db8:1:2:ffff::1")) != nil)
        #expect(limits.wait(network("2001:db8:1:3::1")) == nil)
        for _ in 1...EnrolmentLimits.perNetwork { limits.failed(network("192.0.2.1")) }
        #expect(limits.wait(network("::ffff:192.0.2.1")) != nil)
    }

    @Test("A hundred failed tries a minute of all together")
    func overall() {
        let limits = limits
        for number in 0..<EnrolmentLimits.overall { limits.failed(network("10.0.\(number).1")) }
        #expect(limits.wait(network("198.51.100.1")) == EnrolmentLimits.window)
    }

    @Test("Many that come at once cannot all pass before the first has failed, and what succeeds costs nothing")
    func atOnce() async {
        let limits = limits
        let here = network("192.0.2.1")
        let looked = await withTaskGroup(of: Bool.self) { group in
            for _ in 1...500 {
                group.addTask {
                    do {
                        try await limits.attempt(from: here) {
                            await Task.yield()
                            throw CallError(ErrorCode.tokenInvalid, "no")
                        }
                        return false
                    } catch {
                        return (error as? CallError)?.code == .tokenInvalid
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(looked >= EnrolmentLimits.perNetwork)
        #expect(looked < EnrolmentLimits.perNetwork + EnrolmentLimits.concurrent)
        let there = network("192.0.2.2")
        for _ in 1...50 { _ = try? await limits.attempt(from: there) { true } }
        // Nor does what is the hub's own fault.
        for _ in 1...50 { _ = try? await limits.attempt(from: there) { throw CallError(.resourceExhausted, "disk") } }
        #expect(limits.wait(there) == nil)
    }

    @Test("Past the limit a link is refused with the time to wait, one that stands already with the same")
    func refused() async throws {
        try await HubFixture.with { hub in
            func enrol(_ input: JSONValue) async throws -> CallError? {
                let hello = Hello(software: "x", role: .enrol, instance: String(repeating: "1", count: 32))
                let calls = CallClient(try await hub.link(hello, key: PeerKey()))
                do { _ = try await calls.call("peer/enrol", input: RawJSON(input)) } catch { return error }
                return nil
            }
            let standing = try await hub.link(
                Hello(software: "x", role: .enrol, instance: String(repeating: "2", count: 32)), key: PeerKey())
            let wrong: JSONValue = ["tokenId": "x", "secret": "y", "labels": [:]]
            for _ in 1...5 {
                #expect(try await enrol(wrong)?.code == ErrorCode.tokenInvalid)
                // What cannot be read at all is a try as well.
                #expect(try await enrol(["nonsense": true])?.code == .invalidInput)
            }
            let late = await #expect(throws: CallError.self) {
                try await CallClient(standing).call("peer/enrol", input: RawJSON(wrong))
            }
            #expect(late?.code == .resourceExhausted)
            #expect(late?.details?["retryAfterMs"] == .integer(EnrolmentLimits.window))
            #expect(late?.message == "too many tries to enrol have failed; wait 1m")
            let refusal = await #expect(throws: StreamFailure.self) { _ = try await enrol(wrong) }
            #expect(refusal?.code == .resourceExhausted)
            #expect(refusal?.reason == "too many tries to enrol have failed; wait 1m")
            hub.pass(EnrolmentLimits.window)
            #expect(try await enrol(wrong)?.code == ErrorCode.tokenInvalid)
        }
    }

    @Test("Strangers with ever new keys fill no log: all of them together have one caller's share of it")
    func flood() async throws {
        try await HubFixture.with { hub in
            for _ in 1...60 {
                let hello = Hello(software: "x", role: .enrol, instance: String(repeating: "1", count: 32))
                let calls = CallClient(try await hub.link(hello, key: PeerKey()))
                _ = try? await calls.call("node/remove", input: .emptyObject)
            }
            // Events are written in order, so that with this one the others are there.
            _ = try await hub.operator_().call(TokenOperations.create, TokenCreateInput())
            try await eventually { try await hub.events("call.token/create").count == 1 }
            #expect(try await hub.events("call.node/remove").count == RefusedCalls.perCaller)
        }
    }
}
