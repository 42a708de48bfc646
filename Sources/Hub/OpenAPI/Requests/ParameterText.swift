import CallProtocol

/// Values as the text of paths, queries, headers and forms (OpenAPI 3.1, section 4.8.12.4; RFC 6570).
struct ParameterText {
    let name: String
    let style: Parameter.Style
    let explode: Bool
    let allowsReserved: Bool

    init(_ parameter: Parameter) {
        self.init(
            name: parameter.name, style: parameter.style, explode: parameter.explode,
            allowsReserved: parameter.allowsReserved)
    }

    init(name: String, style: Parameter.Style, explode: Bool, allowsReserved: Bool) {
        (self.name, self.style, self.explode, self.allowsReserved) = (name, style, explode, allowsReserved)
    }

    /// One value as text, not encoded: what a list or an object within it has no style for, is JSON.
    static func plain(_ value: JSONValue) -> String {
        value.stringValue ?? value.description
    }

    /// The pairs of a query or a form, encoded. Null is nothing.
    func pairs(_ value: JSONValue) -> [(name: String, value: String)] {
        switch value {
        case .null: return []
        case .array(let elements): return list(elements.filter { !$0.isNull })
        case .object(let members): return object(members.filter { !$0.value.isNull })
        default: return [(encoded(name), written(value))]
        }
    }

    private func list(_ elements: [JSONValue]) -> [(name: String, value: String)] {
        if style == .deepObject { return elements.flatMap { nested("\(name)[]", $0, depth: 0) } }
        if explode { return elements.map { (encoded(name), written($0)) } }
        return elements.isEmpty ? [] : [(encoded(name), elements.map(written).joined(separator: separator))]
    }

    private func object(_ members: [JSONObject.Member]) -> [(name: String, value: String)] {
        if style == .deepObject { return members.flatMap { nested("\(name)[\($0.key)]", $0.value, depth: 0) } }
        if explode { return members.map { (encoded($0.key), written($0.value)) } }
        guard !members.isEmpty else { return [] }
        return [(encoded(name), members.flatMap { [encoded($0.key), written($0.value)] }.joined(separator: separator))]
    }

    /// `filter[a][b]=x`, lists as `filter[a][]=x`, lists of objects by their places.
    private func nested(_ name: String, _ value: JSONValue, depth: Int) -> [(name: String, value: String)] {
        guard depth < 32 else { return [(encoded(name), written(value))] }
        switch value {
        case .null: return []
        case .array(let elements):
            let areScalars = elements.allSatisfy { $0.arrayValue == nil && $0.objectValue == nil }
            return elements.enumerated().flatMap {
                nested("\(name)[\(areScalars ? "" : "\($0)")]", $1, depth: depth + 1)
            }
        case .object(let members):
            return members.flatMap { nested("\(name)[\($0.key)]", $0.value, depth: depth + 1) }
        default: return [(encoded(name), written(value))]
        }
    }

    /// Between the elements of a list that is one value.
    private var separator: String {
        switch style {
        case .spaceDelimited: "%20"
        case .pipeDelimited: "%7C"
        case .tabDelimited: "%09"
        default: ","
        }
    }

    /// What goes into a path's segment, encoded.
    func segment(_ value: JSONValue) -> String {
        switch style {
        case .label:
            return "." + body(value, between: explode ? "." : ",", pair: explode ? "=" : ",")
        case .matrix:
            let key = encoded(name)
            switch value {
            case .array(let elements) where explode: return elements.map { ";\(key)=\(written($0))" }.joined()
            case .object(let members) where explode:
                return members.map { ";\(encoded($0.key))=\(written($0.value))" }.joined()
            default: return ";\(key)=\(body(value, between: ",", pair: ","))"
            }
        default: return body(value, between: ",", pair: explode ? "=" : ",")
        }
    }

    /// What a header says: as in a path, and not encoded.
    func header(_ value: JSONValue) -> String {
        switch value {
        case .array(let elements): elements.map(Self.plain).joined(separator: ",")
        case .object(let members):
            members.map { "\($0.key)\(explode ? "=" : ",")\(Self.plain($0.value))" }.joined(separator: ",")
        default: Self.plain(value)
        }
    }

    private func body(_ value: JSONValue, between: String, pair: String) -> String {
        switch value {
        case .array(let elements): elements.map(written).joined(separator: between)
        case .object(let members):
            members.map { "\(encoded($0.key))\(pair)\(written($0.value))" }.joined(separator: between)
        default: written(value)
        }
    }

    private func encoded(_ text: String) -> String { Percent.encoded(text) }

    private func written(_ value: JSONValue) -> String {
        let text = Self.plain(value)
        guard allowsReserved else { return Percent.encoded(text) }
        // What would begin another pair, or end the query, is none of the value's to say.
        return Percent.encoded(text, allowing: .reserved).flatMap { character -> String in
            switch character {
            case "#", "[", "]", "&", "+": Percent.encoded(String(character))
            default: String(character)
            }
        }.reduce(into: "") { $0.append($1) }
    }
}
