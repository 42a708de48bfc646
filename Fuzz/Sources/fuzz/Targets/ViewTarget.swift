import CallProtocol
import Formats
import NIOCore
import Operations

@testable import Core
@testable import capstan

/// What a node or a hub tells, as the hub counts with it and as people see it.
enum ViewTarget {
    static let target = FuzzTarget(
        name: "views", allowance: .seconds(2),
        words: Seeds.jsonWords + ["\"facts\":", "\"status\":", "1e308", "\\u001b[2J"],
        seeds: seeds, run: run)

    private static let printer = Printer(
        format: .table, isQuiet: false, isColoured: false, isIndented: true, output: .init(1), now: 1_700_000_000_000)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let buffer = ByteBuffer(bytes: bytes)
        if let node = try? JSONCoding.decode(NodeView.self, from: buffer) {
            show(node.fields(printer).text(coloured: false))
            hold(node.facts)
            must((try? node.shown()) != nil && !NodeView.references([node, node]).isEmpty, "a node can be shown")
        }
        if let facts = try? JSONCoding.decode(HostFacts.self, from: buffer) { hold(facts) }
        if let workload = try? JSONCoding.decode(WorkloadView.self, from: buffer) {
            show(workload.text(printer))
            show(
                Table(workload.cells(printer).map { .init($0.text) }, rows: [workload.cells(printer)]).text(
                    coloured: false))
            must((try? workload.listed()) != nil, "a workload can be shown")
            _ = HeldResources(workload.spec).placement
        }
        guard bytes.count < 2048, let value = try? JSONParser.parse(buffer) else { return }
        let pretty = attempt(JSONParseError.self) { try JSONParser.parse(value.pretty()) }
        must((try? pretty.get()) == value, "indented text means the same")
        must((try? value.yaml()) != nil, "any JSON can be YAML")
    }

    private static func hold(_ facts: HostFacts?) {
        let capacity = Placement.Resources(facts)
        must(capacity.milliCPU >= 0 && capacity.memoryBytes >= 0, "a node has no less than nothing")
    }

    /// What comes from elsewhere is shown on a terminal.
    private static func show(_ text: String) {
        must(CellText.lines(text) == text, "no control characters in \(text.debugDescription)")
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        [NodeView.schema, WorkloadView.schema, HostFacts.schema].flatMap { schema in
            [false, true].map { Array(RawJSON(schema.sample(full: $0)).buffer.readableBytesView) }
        } + Seeds.texts(["{\"a\":[1.5,\"\\n- x\",null,{\"true\":\"~\"}]}"])
    }
}
