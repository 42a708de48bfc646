import CallProtocol
import Crypto
import Link
import NIOCore
import Operations

/// What one release of the spoke can be asked, as its nodes tell it: shared by all nodes with the same list.
final class NodeCatalog: Sendable {
    /// One operation of the list. What the hub knows of it by itself goes before the node's word, so that no node can
    /// make an operation look less than it is.
    struct Row: Sendable {
        var name: String
        var kind: OperationKind?
        var summary: String
        var rule: AccessRule
        var shown: JSONValue

        init?(_ shown: JSONValue) {
            guard case .string(let name)? = shown["name"], case .string(let kind)? = shown["kind"] else { return nil }
            self.name = name
            self.shown = shown
            if case .string(let text)? = shown["summary"] { summary = text } else { summary = "" }
            let known = SpokeCatalog.descriptor(name)
            self.kind = known?.kind ?? OperationKind(rawValue: kind)
            rule = SpokeCatalog.rule(name)
        }
    }

    /// SHA-256 over the canonical list, hex, as HELLO names it.
    let digest: String
    private let rows: [String: Row]

    init(_ shown: [JSONValue]) {
        digest = Hex.encode(SHA256.hash(data: JSONValue.array(shown).canonicalBytes()))
        rows = Dictionary(shown.compactMap(Row.init).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(name: String) -> Row? { rows[name] }

    /// What its operations take, but for those that are the hub's alone.
    var rules: [AccessRule] { rows.values.filter { !HubOnly.covers($0.name) }.map(\.rule) }

    /// What a caller may ask of a node with these labels, by name.
    func open(to caller: Caller, on labels: [String: String]) -> [Row] {
        rows.values.filter { !HubOnly.covers($0.name) && caller.may($0.rule, onNode: labels) }
            .sorted { $0.name < $1.name }
    }

    /// Asks a node for its list, one operation after the other.
    static func ask(_ link: Link, _ deadlines: DeadlineQueue) async throws(CallError) -> NodeCatalog {
        let client = CallClient(link, deadlines: deadlines)
        let list = try await client.call(OperationOperations.list, Empty(), .init(answerLimit: listLimit))
        let names = list.operations.map(\.name)
        guard names.count <= limit else {
            throw CallError(.resourceExhausted, "the node says that it has \(names.count) operations")
        }
        var shown: [JSONValue] = []
        for name in names {
            let operation = try await client.call(
                OperationOperations.show, OperationRef(name: name), .init(answerLimit: operationLimit)
            ).operation
            guard let value = try? operation.value() else {
                throw CallError(.internalError, "the node's \(name) cannot be read")
            }
            shown.append(value)
        }
        return NodeCatalog(shown)
    }

    /// Operations one node may have.
    private static let limit = 1_000
    /// Bytes of their list, and of one of them.
    private static let (listLimit, operationLimit) = (1 << 20, 64 << 10)
}
