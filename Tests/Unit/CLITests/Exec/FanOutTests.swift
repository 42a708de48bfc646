import ArgumentParser
import CallProtocol
import NIOCore
import Operations
import Testing

@testable import capstan

@Suite("exec on all nodes that match")
struct FanOutTests {
    static let (first, second) = ("01M4FB1AFH0000000000000001", "01M4FB1AFH0000000000000002")

    static func node(_ id: String, _ name: String) -> NodeView {
        NodeView(id: id, name: name, state: "connected", drain: "none", labels: [:], lastSeen: nil, attempts: 0)
    }

    /// A program that ends at once.
    static let ending = TTYOperations.open.sessioned { _, _, stream in
        try stream.accept(TTYOpened(session: "s", stdinWindow: 1, pid: 1))
        try await stream.sendControl(["type": "exit", "code": 0])
        stream.finish()
    }

    @Test("Nodes are called by their ids, so that a name that is another's id leads nobody astray")
    func ids() async throws {
        let list = NodeOperations.list.handled { _, _ in
            NodeList(nodes: [Self.node(Self.first, "a"), Self.node(Self.second, Self.first)])
        }
        try await FakeHub.with([list, Self.ending]) { hub in
            let options = try GlobalOptions.parse(["--quiet"])
            let many = ExecOnMany(input: TTYOpenInput(cmd: ["true"]), options: options)
            let code = try await many.run(HubConnector(hub.context), try LabelSelector(parsing: ["a=b"]))
            #expect(code == 0)
            let nodes = hub.asked.filter { $0.operation == "tty/open" }.map(\.node)
            #expect(nodes.count == 2 && Set(nodes) == [.named(Self.first), .named(Self.second)])
        }
    }

    @Test("A list of what nodes can be called by gives the id where a name is another's")
    func references() {
        let nodes = [
            Self.node(Self.first, "a"), Self.node(Self.second, Self.first.lowercased()), Self.node("03", "03"),
        ]
        #expect(NodeView.references(nodes).prefix(2) == ["a", Self.second])
    }

    @Test("A program that ended is not shown as a failure of its node, whatever its code")
    func tones() {
        let outcomes = [
            ExecOnMany.Outcome(node: "a", exit: SessionExit(code: 0)),
            ExecOnMany.Outcome(node: "b", exit: SessionExit(code: 3)),
            ExecOnMany.Outcome(node: "c", exit: SessionExit(code: -9, signal: "KILL")),
        ]
        let rows = FanOutput.table(outcomes).text(coloured: true).split(separator: "\n").dropFirst().map(String.init)
        #expect(rows.first?.contains(Tone.good.applied(to: "done")) == true, "\(rows)")
        #expect(rows.dropFirst().first?.contains(Tone.doubtful.applied(to: "done")) == true, "\(rows)")
        #expect(rows.last?.contains(Tone.bad.applied(to: "ended by SIGKILL")) == true, "\(rows)")
    }
}
