import CallProtocol
import Link
import NIOCore
import Operations
import TestKit
import Testing

@testable import Agent

@Suite("A spoke writes down what was done on its machine")
struct AuditTests {
    private struct Text: Described, Hashable {
        var text: String
        static let schema = JSONSchema.object(["text": .string()], required: ["text"])
    }

    private static let change = Operation<Text, Text>("test/change", .mutation, summary: "Changes something")
    private static let look = Operation<Text, Text>("test/look", .query, summary: "Looks at something")

    private static var entries: [OperationEntry] {
        [
            change.handled { input, _ in
                guard input.text == "good secret" else { throw CallError(.conflict, "it is taken") }
                return input
            },
            look.handled { input, _ in input },
        ]
    }

    /// Passes a person's call on, as a hub does.
    private static func asPerson(_ link: Link) async throws {
        let request = CallRequest(
            operation: change.name, input: try JSONCoding.encode(Text(text: "good secret")),
            forwardedFor: ForwardedFor(peer: "01JD0000000000000000000002", name: "ann", role: "admin"))
        var opening = ByteBuffer()
        opening.writeEnvelope(.requested, id: "1") { request.write(to: &$0) }
        let stream = link.open(opening)
        stream.finish()
        while try await stream.read() != nil {}
    }

    @Test("each mutation is a line with who, what and result, and never with its input")
    func lines() async throws {
        try await AgentHub.with { hub in
            try await AgentFixture.with(hub, Self.entries) { spoke in
                try await eventually { spoke.agent.isConnected }
                let client = CallClient(try #require(hub.links.all.first))
                try await Self.asPerson(try #require(hub.links.all.first))
                try await eventually { spoke.lines.all.contains { $0.hasPrefix("audit") } }
                _ = try await client.call(Self.look, Text(text: "good secret"))
                await #expect(throws: CallError.self) {
                    try await client.call(Self.change, Text(text: "bad secret"))
                }
                let audits: @Sendable () -> [String] = { spoke.lines.all.filter { $0.hasPrefix("audit") } }
                try await eventually { audits().count == 2 }
                #expect(
                    audits() == [
                        "audit caller=ann callerId=01JD0000000000000000000002 kind=mutation operation=test/change "
                            + "result=ok role=admin",
                        "audit caller=hub kind=mutation operation=test/change result=CONFLICT role=hub",
                    ])
                #expect(!spoke.lines.all.contains { $0.contains("secret") })
            }
        }
    }
}
