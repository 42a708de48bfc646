import ArgumentParser
import CallProtocol
import Link
import Operations
import TestKit
import Testing

@testable import capstan

@Suite("A head start for the link")
struct HeadStartTests {
    @Test(
        "Commands that ask the chosen hub get one",
        arguments: [["exec", "one", "--", "ls"], ["node", "list"], ["exec", "one", "--", "ls", "--help"], ["run"]])
    func likely(_ arguments: [String]) {
        #expect(HeadStart.isLikely(arguments))
    }

    @Test(
        "Others get none: help, another context, a hub on this disk, nothing at all",
        arguments: [
            [], ["--version"], ["exec", "--help"], ["node", "list", "--context", "b"],
            ["run", "--context=b", "--", "ls"],
            ["hub", "serve"], ["spoke", "run"], ["token", "create"],
        ])
    func unlikely(_ arguments: [String]) {
        #expect(!HeadStart.isLikely(arguments))
    }

    @Test("Its nouns are nouns of the command line")
    func nouns() {
        #expect(HeadStart.nouns.filter { Capstan.noun($0) == nil }.isEmpty)
    }

    @Test("What was dialled early is the link that is asked for, once")
    func used() async throws {
        try await FakeHub.with([HubOperations.status.handled { _, _ in ConnectorTests.status }]) { hub in
            let connector = HubConnector(hub.context)
            connector.dialEarly()
            try await eventually { hub.linkCount == 1 }
            _ = try await connector.ask(HubOperations.status, Empty())
            #expect(hub.linkCount == 1)
            hub.loseLinks()
            _ = try await connector.ask(HubOperations.status, Empty(), wait: .seconds(10))
            #expect(hub.linkCount == 2)
            await connector.close()
        }
    }

    @Test("An early dial that failed is told to who asks, and is tried anew after that")
    func failed() async throws {
        try await FakeHub.with([HubOperations.status.handled { _, _ in ConnectorTests.status }]) { hub in
            var nowhere = hub.context
            nowhere.hub = [HostPort(host: "127.0.0.1", port: 1)]
            let connector = HubConnector(nowhere)
            connector.dialEarly()
            for _ in 1...2 {
                let error = await #expect(throws: CallError.self) {
                    try await connector.ask(HubOperations.status, Empty())
                }
                #expect(error?.code == .unavailable)
            }
        }
    }

    @Test("A command takes the connector that was begun, but not for another context")
    func taken() async throws {
        try await FakeHub.with([]) { hub in
            let begun = HubConnector(hub.context)
            try await HeadStart.$connector.withValue(Task<HubConnector?, Never> { begun }) {
                let taken = try await NodeList.parse([]).connector()
                #expect(taken === begun)
                await #expect(throws: Failure.self) {
                    _ = try await NodeList.parse(["--context", "not-there"]).connector()
                }
            }
        }
    }
}
