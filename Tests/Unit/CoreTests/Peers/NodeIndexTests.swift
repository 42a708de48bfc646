import CallProtocol
import Link
import Operations
import Store
import Testing

@testable import Core

@Suite("The nodes of the directory by name")
struct NodeIndexTests {
    private func peer(_ id: String, _ name: String, _ kind: PeerRecord.Kind = .spoke) -> Peer {
        Peer(PeerRecord(id: id, kind: kind, name: name, state: .active, createdAt: 0), fingerprints: [])
    }

    @Test("They stand in the order of their names through joining, renaming and leaving")
    func order() throws {
        let directory = PeerDirectory()
        for (id, name) in [("3", "c"), ("1", "a"), ("2", "b")] { directory.put(peer(id, name)) }
        directory.put(peer("4", "aa", .operator_))
        #expect(directory.nodes.map(\.name) == ["a", "b", "c"])
        directory.change("1") { $0.name = "d" }
        directory.change("2") { $0.labels = ["x": "y"] }
        #expect(directory.nodes.map(\.id) == ["2", "3", "1"])
        #expect(directory.nodes[0].labels == ["x": "y"])
        #expect(try directory.node("d").id == "1")
        #expect(throws: CallError.self) { try directory.node("a") }
        #expect(throws: CallError.self) { try directory.node("aa") }
        directory.drop("3")
        directory.drop("4")
        #expect(directory.nodes.map(\.id) == ["2", "1"])
        #expect(throws: CallError.self) { try directory.node("c") }
    }

    @Test("A name that was given away belongs to whoever has it now")
    func reused() throws {
        let directory = PeerDirectory()
        directory.put(peer("1", "a"))
        directory.put(peer("2", "a"))
        directory.drop("1")
        #expect(try directory.node("a").id == "2")
        #expect(directory.nodes.map(\.id) == ["2"])
    }

    @Test("Each change gives a peer another generation, and that of another peer stays")
    func generation() throws {
        let directory = PeerDirectory()
        directory.put(peer("1", "a"))
        directory.put(peer("2", "b"))
        let before = directory.nodes.map(\.generation)
        directory.change("1") { $0.drain = .draining }
        #expect(directory["1"]?.generation != before[0] && directory["2"]?.generation == before[1])
        #expect(directory.nodes[0].generation == directory["1"]?.generation)
    }
}
