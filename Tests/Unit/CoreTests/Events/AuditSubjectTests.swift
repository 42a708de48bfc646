import CallProtocol
import Core
import Link
import Operations
import Store
import TestKit
import Testing

@Suite("What the audit says a call was about")
struct AuditSubjectTests {
    /// Those that are about nothing, or about whoever calls.
    private static let without: Set<String> = ["image/load", "journal/ack", "link/open", "tty/open"]

    @Test("Every mutation and session says what it is about, or stands in the list of those that are about nothing")
    func complete() {
        for operation in OperationCatalog.hub + OperationCatalog.node {
            let isAudited = operation.kind == .mutation || operation.kind == .session
            let isAbout = operation.subject != nil
            #expect(!isAudited || isAbout != Self.without.contains(operation.name), "\(operation.name)")
            guard case .input(let path)? = operation.subject else { continue }
            #expect(operation.input.json["properties"]?[path] != nil, "\(operation.name)")
        }
    }

    @Test("Tokens, peers, roles and workloads are named: as the caller did, or by the id that the call gave them")
    func named() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            try await hub.add(.operator_, "olga", key: .init(), role: "viewer")
            let token = try await admin.call(TokenOperations.create, TokenCreateInput())
            _ = try await admin.call(TokenOperations.revoke, TokenRef(token: token.id))
            _ = try await admin.call(PeerOperations.disable, PeerRef(peer: "olga"))
            _ = try await admin.call(PeerOperations.setRole, PeerRoleInput(peer: "olga", role: "operator"))
            let workload = try await hub.submit(admin)
            for (kind, subject) in [
                ("token/create", token.id), ("token/revoke", token.id), ("peer/disable", "olga"),
                ("peer/set-role", "olga"), ("workload/submit", workload),
            ] {
                try await eventually { try await hub.events("call." + kind).count == 1 }
                let event = try #require(try await hub.events("call." + kind).first)
                #expect(event.subject == subject && event.message.hasSuffix("\(kind) of \(subject)"))
                #expect(!event.message.contains("cap1_") && !event.data.contains("cap1_"))
            }
        }
    }
}
