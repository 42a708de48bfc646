import CallProtocol
import Yams

extension JSONValue {
    /// The value as one YAML document, with a line break at its end; strings that look like something else are quoted.
    func yaml() throws -> String {
        try Yams.serialize(node: try node(), allowUnicode: true)
    }

    /// A number with a point, also beside an exponent: without one, readers of YAML 1.1 take it for a text.
    static func float(_ value: Double) -> String {
        let text = value.description
        guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    fileprivate func node() throws -> Yams.Node {
        switch self {
        case .null: Yams.Node("null", Tag(.null))
        case .bool(let value): try value.represented()
        case .integer(let value): try value.represented()
        case .double(let value): Yams.Node(Self.float(value), Tag(.float))
        case .string(let value): try value.represented()
        case .array(let elements): Yams.Node(try elements.map { try $0.node() })
        case .object(let members): Yams.Node(try members.members.map { try $0.node() })
        }
    }
}

extension JSONObject.Member {
    fileprivate func node() throws -> (Yams.Node, Yams.Node) {
        (try key.represented(), try value.node())
    }
}
