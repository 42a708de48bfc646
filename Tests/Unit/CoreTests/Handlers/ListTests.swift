import CallProtocol
import Core
import Link
import NIOCore
import Operations
import Store
import Testing

@Suite("Lists and bodies have limits")
struct ListTests {
    @Test("Nodes and peers come in pages, each one once, also when one is removed in between")
    func peers() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            for number in 1...5 { try await hub.add(.spoke, "n\(number)", key: PeerKey()) }
            var (names, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await admin.call(NodeOperations.list, NodeListInput(limit: 2, cursor: cursor))
                names += page.nodes.map(\.name)
                cursor = page.cursor
                // The one that the cursor names is gone.
                if names.count == 2 { _ = try await admin.call(NodeOperations.remove, NodeRemoval(node: "n2")) }
            } while cursor != nil
            #expect(names == ["n1", "n2", "n3", "n4", "n5"])
            let first = try await admin.call(PeerOperations.list, PeerListInput(limit: 4))
            let rest = try await admin.call(PeerOperations.list, PeerListInput(limit: 4, cursor: first.cursor))
            #expect((first.peers + rest.peers).map(\.name) == ["n1", "n3", "n4", "n5", "op"] && rest.cursor == nil)
            let wrong = await #expect(throws: CallError.self) {
                try await admin.call(NodeOperations.list, NodeListInput(cursor: "x"))
            }
            #expect(wrong?.code == .invalidInput)
        }
    }

    @Test("Tokens come in pages, newest first, and none is left out")
    func tokens() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            var made: [String] = []
            for _ in 1...5 { made.append(try await admin.call(TokenOperations.create, TokenCreateInput()).id) }
            var (ids, cursor): ([String], String?) = ([], nil)
            repeat {
                let page = try await admin.call(TokenOperations.list, TokenListInput(limit: 2, cursor: cursor))
                #expect(page.tokens.count <= 2)
                ids += page.tokens.map(\.id)
                cursor = page.cursor
            } while cursor != nil
            #expect(ids == made.sorted(by: >))
        }
    }

    @Test("A page of workloads ends early where they are large, and the next one goes on")
    func largeWorkloads() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            var made: [String] = []
            for _ in 1...4 {
                made.append(try await hub.submit(admin) { $0.cmd = ["true", String(repeating: "x", count: 3 << 20)] })
            }
            let first = try await admin.call(WorkloadOperations.list, WorkloadListInput())
            #expect(first.workloads.count == 3 && first.cursor == first.workloads.last?.id)
            let rest = try await admin.call(WorkloadOperations.list, WorkloadListInput(cursor: first.cursor))
            #expect((first.workloads + rest.workloads).map(\.id) == made.sorted(by: >) && rest.cursor == nil)
        }
    }

    @Test("An input that is longer than its operation takes is refused with both lengths")
    func longInput() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            let limit = OperationDescriptor.commonInputLimit
            let refusal = await #expect(throws: CallError.self) {
                try await hub.submit(admin) { $0.cmd = ["true", String(repeating: "x", count: limit)] }
            }
            #expect(refusal?.code == .invalidInput && refusal?.message.contains("takes \(limit) at most") == true)
            // What was accepted fits into what the node is told, which holds more beside it.
            #expect(AttemptOperations.start.descriptor.inputLimit > limit)
        }
    }

    @Test("An ambiguous beginning names ten candidates, and says that there are more")
    func ambiguous() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            for number in 1...12 {
                try await hub.add(.spoke, "n\(number)", key: PeerKey())
                _ = try await admin.call(TokenOperations.create, TokenCreateInput())
                _ = try await hub.submit(admin) { $0.name = "same" }
            }
            func refusal(_ operation: String, _ input: JSONValue) async -> (candidates: Int, message: String) {
                do {
                    _ = try await admin.call(operation, input: RawJSON(input))
                    return (0, "")
                } catch {
                    guard case .array(let candidates)? = error.details?["candidates"] else { return (0, error.message) }
                    return (candidates.count, error.message)
                }
            }
            for (operation, input, end) in [
                ("node/show", ["node": "0000"], " and 2 more"), ("peer/disable", ["peer": "0000"], " and 3 more"),
                ("token/revoke", ["token": "0000"], " and more"),
                ("workload/show", ["workload": "0000"], " and more"),
                ("workload/show", ["workload": "same"], " and more"),
            ] as [(String, JSONValue, String)] {
                let told = await refusal(operation, input)
                #expect(told.candidates == 10 && told.message.hasSuffix(end), "\(operation): \(told.message)")
            }
        }
    }
}
