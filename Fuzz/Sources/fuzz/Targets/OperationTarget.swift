import CallProtocol
import NIOCore
import Operations

/// Inputs and outputs of the operations: the first byte says which type, the rest is its JSON. A node's answers, journal
/// rows and receipts are among them.
enum OperationTarget {
    static let target = FuzzTarget(
        name: "operations", allowance: .seconds(2), words: Seeds.jsonWords + names, seeds: seeds, run: run)

    private struct Kind: Sendable {
        let schema: JSONSchema
        let check: @Sendable (RawJSON) -> Void
    }

    private static let kinds: [Kind] =
        of(AttemptOperations.start) + of(AttemptOperations.cancel) + of(AttemptOperations.list)
        + of(AttemptOperations.logs) + of(EventOperations.watch) + of(HostOperations.facts) + of(HostOperations.status)
        + of(HubOperations.status) + of(JournalOperations.watch) + of(JournalOperations.ack) + of(NodeOperations.list)
        + of(NodeOperations.show) + of(NodeOperations.label) + of(NodeOperations.remove) + of(OperationOperations.list)
        + of(OperationOperations.show) + of(PeerOperations.enrol) + of(PeerOperations.me) + of(PeerOperations.list)
        + of(PeerOperations.setRole) + of(PeerOperations.rotate) + of(RoleOperations.create) + of(RoleOperations.list)
        + of(TTYOperations.open) + of(TokenOperations.create) + of(TokenOperations.list) + of(WorkloadOperations.submit)
        + of(WorkloadOperations.list) + of(WorkloadOperations.logs) + of(WorkloadOperations.receipt)

    private static func of<Input, Output>(_ operation: Operation<Input, Output>) -> [Kind] {
        [Kind(schema: Input.schema) { check(Input.self, $0) }, Kind(schema: Output.schema) { check(Output.self, $0) }]
    }

    /// What a type reads, it writes so that it reads the same again. Dictionaries come in any order, so values count.
    private static func check<Value: Described>(_ type: Value.Type, _ raw: RawJSON) {
        guard let value = try? raw.value() else { return }
        let isValid = Value.schema.validate(value).isEmpty
        if let node = raw.node, Value.schema.surelyAccepts(node) {
            must(isValid, "\(raw) is accepted at first sight, but \(Value.schema.validate(value))")
        }
        switch attempt(DecodingError.self, { try JSONCoding.decode(type, from: raw) }) {
        case .failure(let error): must(!JSONCoding.sentence(error).isEmpty, "an error says something")
        case .success(let decoded):
            let written = attempt(EncodingError.self) { try JSONCoding.encode(decoded) }
            guard case .success(let written) = written else { return must(false, "\(raw) is written: \(written)") }
            let again = attempt(DecodingError.self) { try JSONCoding.decode(type, from: written) }
            guard case .success(let again) = again else { return must(false, "\(written) is read: \(again)") }
            must((try? JSONCoding.encode(again).value()) == (try? written.value()), "\(written) comes back")
            if isValid, let text = try? written.value() {
                let violations = Value.schema.validate(text)
                must(violations.isEmpty, "\(raw) was valid, \(written) is not: \(violations)")
            }
        }
    }

    @Sendable private static func run(_ bytes: [UInt8]) {
        guard let first = bytes.first, let raw = try? RawJSON(validating: ByteBuffer(bytes: bytes.dropFirst())) else {
            return
        }
        kinds[Int(first) % kinds.count].check(raw)
    }

    /// The members' names, from the schemas.
    private static let names: [String] = Set(kinds.flatMap { names(in: $0.schema.json) }).sorted().map { "\"\($0)\":" }

    private static func names(in json: JSONValue) -> [String] {
        switch json {
        case .object(let object): object.members.flatMap { [$0.key] + names(in: $0.value) }
        case .array(let elements): elements.flatMap(names)
        default: []
        }
    }

    /// For every type a value made from its schema, as small and as full as it can be.
    @Sendable private static func seeds() -> [[UInt8]] {
        kinds.enumerated().flatMap { index, kind in
            [false, true].map { isFull in
                [UInt8(index)] + Array(RawJSON(kind.schema.sample(full: isFull)).buffer.readableBytesView)
            }
        }
    }
}
