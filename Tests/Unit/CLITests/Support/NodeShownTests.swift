import Operations
import Testing

@testable import capstan

@Suite("A node as people see it")
struct NodeShownTests {
    @Test("A node may say any number of its load", arguments: [0.505, 1e300, -1e300])
    func load(load: Double) {
        var node = NodeView(
            id: "1", name: "n1", state: "connected", drain: "none", labels: [:], lastSeen: nil, attempts: 0)
        node.status = HostStatus(now: "", sessions: 0, attempts: 0, spokeUptimeSeconds: 0, warnings: [])
        node.status?.load1 = load
        let shown = node.fields(Printer(format: .table, isQuiet: false)).text(coloured: false)
        #expect(shown.contains(load == 0.505 ? "0.5\n" : "e+300\n"))
    }
}
