import CallProtocol
import Yams

extension JSONValue {
    /// The value as one YAML document, with a line break at its end; strings that look like something else are quoted.
    func yaml() throws -> String {
        try Yams.serialize(node: try node(), allowUnicode: true)
    }

    private func node() throws -> Node {
        switch self {
        case .null: Node("null", Tag(.null))
        case .bool(let value): try value.represented()
        case .integer(let value): try value.represented()
        case .double(let value): try value.represented()
        case .string(let value): try value.represented()
        case .array(let elements): Node(try elements.map { try $0.node() })
        case .object(let members): Node(try members.map { (try $0.key.represented(), try $0.value.node()) })
        }
    }
}
