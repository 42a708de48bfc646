import ArgumentParser
import CallProtocol
import Operations
import Synchronization
import Testing

@testable import capstan

@Suite("Lists in pages")
struct PagesTests {
    private static func node(_ name: String) -> NodeView {
        NodeView(
            id: "id-" + name, name: name, state: "connected", drain: "none", labels: [:], lastSeen: nil, attempts: 0)
    }

    private func listed(_ pages: @escaping @Sendable (String?) throws -> Operations.NodeList) async throws -> [String] {
        let names = Mutex<[String]>([])
        try await FakeHub.with([NodeOperations.list.handled { input, _ in try pages(input.cursor) }]) { hub in
            let connector = HubConnector(hub.context)
            let nodes = try await HeadStart.$connector.withValue(Task<HubConnector?, Never> { connector }) {
                try await capstan.NodeList.parse([]).pages(NodeOperations.list) { NodeListInput(cursor: $0) }
            }
            names.withLock { $0 = nodes.map(\.name) }
        }
        return names.withLock { $0 }
    }

    @Test("All pages are put together in order, each asked for once by the cursor of the one before")
    func together() async throws {
        let asked = Mutex<[String?]>([])
        let names = try await listed { cursor in
            asked.withLock { $0.append(cursor) }
            switch cursor {
            case nil: return Operations.NodeList(nodes: [Self.node("a"), Self.node("b")], cursor: "b")
            case "b": return Operations.NodeList(nodes: [Self.node("c")], cursor: "c")
            default: return Operations.NodeList(nodes: [], cursor: nil)
            }
        }
        #expect(names == ["a", "b", "c"])
        #expect(asked.withLock { $0 } == [nil, "b", "c"])
    }

    @Test("A page that cannot be had is the error of the whole list")
    func failing() async throws {
        let error = await #expect(throws: CallError.self) {
            try await listed { cursor in
                guard cursor == nil else { throw CallError(.forbidden, "no more") }
                return Operations.NodeList(nodes: [Self.node("a")], cursor: "a")
            }
        }
        #expect(error?.code == .forbidden)
    }
}
