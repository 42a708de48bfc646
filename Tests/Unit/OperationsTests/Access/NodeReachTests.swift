import Operations
import Testing

@Suite("The nodes that a caller may use")
struct NodeReachTests {
    private func selector(_ texts: String...) throws -> LabelSelector { try LabelSelector(parsing: texts) }

    private func caller(_ grants: [Grant]) -> Caller { Caller(peer: "P", name: "p", role: "r", grants: grants) }

    @Test("only grants that cover the scope count, and one without labels covers every node")
    func scopes() throws {
        let grants = [
            Grant(scopes: ["workload:*"], nodes: try selector("site=a")),
            Grant(scopes: ["workload:submit"], nodes: try selector("gpu=1")),
            Grant(scopes: ["node:list"]),
        ]
        let (site, gpu) = (try selector("site=a"), try selector("gpu=1"))
        #expect(caller(grants).reach(AccessRule(scope: "workload:show")) == .labelled([site]))
        #expect(caller(grants).reach(AccessRule(scope: "workload:submit")) == .labelled([gpu, site]))
        #expect(caller(grants).reach(AccessRule(scope: "node:list")) == .everything)
        #expect(caller(grants).reach(AccessRule(scope: "token:create")) == .labelled([]))
    }

    @Test("a node is covered when it meets one alternative, whose labels it may also have to lack")
    func covers() throws {
        let (a, b) = (try selector("site=a"), try selector("site=b", "gpu=1"))
        let reach = NodeReach(anyOf: [a, b, a])
        #expect(reach == NodeReach(anyOf: [b, a]))
        #expect(reach.covers(node: ["site": "a", "x": "y"]))
        #expect(reach.covers(node: ["site": "b", "gpu": "1"]))
        #expect(!reach.covers(node: ["site": "b"]))
        #expect(!reach.covers(node: [:]))
        #expect(NodeReach.everything.covers(node: [:]))
        #expect(!NodeReach(anyOf: []).covers(node: ["site": "a"]))
        let others = NodeReach(anyOf: [try selector("!slow", "site!=a")])
        #expect(others.covers(node: ["site": "b"]) && others.covers(node: [:]))
        #expect(!others.covers(node: ["site": "a"]) && !others.covers(node: ["slow": ""]))
        #expect(reach.description == "gpu=1,site=b or site=a")
    }
}
