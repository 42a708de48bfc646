import Operations
import Testing

@Suite("The nodes that a caller may use")
struct NodeReachTests {
    private func caller(_ grants: [Grant]) -> Caller { Caller(peer: "P", name: "p", role: "r", grants: grants) }

    @Test("only grants that cover the scope count, and one without labels covers every node")
    func scopes() {
        let grants = [
            Grant(scopes: ["workload:*"], nodes: ["site": "a"]),
            Grant(scopes: ["workload:submit"], nodes: ["gpu": "1"]),
            Grant(scopes: ["node:list"]),
        ]
        #expect(caller(grants).reach(AccessRule(scope: "workload:show")) == .labelled([["site": "a"]]))
        #expect(
            caller(grants).reach(AccessRule(scope: "workload:submit")) == .labelled([["gpu": "1"], ["site": "a"]]))
        #expect(caller(grants).reach(AccessRule(scope: "node:list")) == .everything)
        #expect(caller(grants).reach(AccessRule(scope: "token:create")) == .labelled([]))
    }

    @Test("a node is covered when it has all labels of one alternative")
    func covers() {
        let reach = NodeReach(anyOf: [["site": "a"], ["site": "b", "gpu": "1"], ["site": "a"]])
        #expect(reach == NodeReach(anyOf: [["site": "b", "gpu": "1"], ["site": "a"]]))
        #expect(reach.covers(node: ["site": "a", "x": "y"]))
        #expect(reach.covers(node: ["site": "b", "gpu": "1"]))
        #expect(!reach.covers(node: ["site": "b"]))
        #expect(!reach.covers(node: [:]))
        #expect(NodeReach.everything.covers(node: [:]))
        #expect(!NodeReach(anyOf: []).covers(node: ["site": "a"]))
        #expect(reach.description == "gpu=1,site=b or site=a")
    }
}
