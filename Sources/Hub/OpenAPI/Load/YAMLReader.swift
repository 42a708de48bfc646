import CallProtocol
import Yams

/// YAML 1.2 as JSON: the core schema resolves what is plain, keys become text, aliases are written out within a bound.
///
/// Yams reads the syntax. What its nodes mean is decided here, because common resolvers follow YAML 1.1, where `no` is
/// false and `2024-01-01` a time.
struct YAMLReader {
    /// What messages call the text.
    let file: String

    func read(_ bytes: [UInt8]) throws(DocumentError) -> JSONValue {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DocumentError(file: file, reason: "is not UTF-8")
        }
        let aliases = YAMLAliases(in: text)
        let parser: Yams.Parser
        let root: Yams.Node?
        do {
            parser = try Yams.Parser(yaml: aliases.text, encoding: .utf8)
            root = try parser.singleRoot()
        } catch { throw problem(error) }
        guard let root else { throw DocumentError(file: file, reason: "is empty") }
        var composer = YAMLComposer(file: file, aliases: aliases)
        // A node knows its anchor as long as the parser lives.
        return try withExtendedLifetime(parser) { () throws(DocumentError) in try composer.value(root, depth: 0) }
    }

    private func problem(_ error: any Error) -> DocumentError {
        guard let error = error as? YamlError else { return DocumentError(file: file, reason: "\(error)") }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return DocumentError(file: file, line: mark.line, reason: "is no YAML: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            return DocumentError(
                file: file, line: context.mark.line, reason: "has a key twice in one mapping: \(keys.first ?? "")")
        case .reader(let problem, _, _, _): return DocumentError(file: file, reason: "is no YAML: \(problem)")
        default: return DocumentError(file: file, reason: "is no YAML")
        }
    }
}

/// Makes JSON of nodes.
private struct YAMLComposer {
    let file: String
    let aliases: YAMLAliases
    /// What stood at each anchor so far, and how many values it is.
    private var anchored: [String: (value: JSONValue, size: Int)] = [:]
    /// Values made so far, those that aliases wrote out again included.
    private var made = 0
    private var expansions = 0

    private static let mostExpansions = 10_000
    private static let mostValues = 4 << 20

    init(file: String, aliases: YAMLAliases) {
        self.file = file
        self.aliases = aliases
    }

    mutating func value(_ node: Yams.Node, depth: Int) throws(DocumentError) -> JSONValue {
        guard depth <= JSONLimits.deepest else {
            throw wrong(node, "is nested more than \(JSONLimits.deepest) deep")
        }
        let before = made
        try count(1, node)
        let value: JSONValue
        switch node {
        case .scalar(let scalar):
            if scalar.style == .plain, let name = aliases.name(of: scalar.string) { return try alias(name, node) }
            value = try self.scalar(scalar, node)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            elements.reserveCapacity(sequence.count)
            for element in sequence { elements.append(try self.value(element, depth: depth + 1)) }
            value = .array(elements)
        case .mapping(let mapping): value = .object(try object(mapping, depth: depth))
        case .alias: throw wrong(node, "has an alias where none can stand")
        }
        if let name = node.anchor?.rawValue { anchored[name] = (value, made - before) }
        return value
    }

    private mutating func alias(_ name: String, _ node: Yams.Node) throws(DocumentError) -> JSONValue {
        guard let target = anchored[name] else { throw wrong(node, "has the alias *\(name) before its anchor") }
        expansions += 1
        guard expansions <= Self.mostExpansions else {
            throw wrong(node, "writes out more than \(Self.mostExpansions) aliases")
        }
        try count(target.size, node)
        return target.value
    }

    private func scalar(_ scalar: Yams.Node.Scalar, _ node: Yams.Node) throws(DocumentError) -> JSONValue {
        let text = aliases.restored(scalar.string)
        switch "\(scalar.tag)" {
        case "tag:yaml.org,2002:str": return .string(text)
        case "" where scalar.style == .plain: return YAMLScalar.value(text)
        case "": return .string(text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return YAMLScalar.value(text)
        // `!` says: no other than a text. Of other tags the text is all that JSON can say.
        default: return .string(text)
        }
    }

    private mutating func object(_ mapping: Yams.Node.Mapping, depth: Int) throws(DocumentError) -> JSONObject {
        var members: [(String, JSONValue)] = []
        var merged: [JSONValue] = []
        var seen: Set<String> = []
        for (key, value) in mapping {
            guard let scalar = key.scalar else { throw wrong(key, "has a key that is no text") }
            let isAlias = scalar.style == .plain && aliases.name(of: scalar.string) != nil
            let name: String
            if isAlias {
                guard let text = YAMLScalar.key(try self.value(key, depth: depth + 1)) else {
                    throw wrong(key, "has a key that is no text")
                }
                name = text
            } else {
                name = aliases.restored(scalar.string)
            }
            let made = try self.value(value, depth: depth + 1)
            if name == "<<", scalar.style == .plain, made.objectValue != nil || made.arrayValue != nil {
                merged.append(made)
                continue
            }
            guard seen.insert(name).inserted else { throw wrong(key, "has the key \(name) twice in one mapping") }
            members.append((name, made))
        }
        var object = JSONObject(members)
        // What is said in the mapping itself counts; of several that are merged the first.
        for source in merged.flatMap({ $0.arrayValue ?? [$0] }) {
            for member in source.objectValue ?? [:] where object[member.key] == nil {
                object[member.key] = member.value
            }
        }
        return object
    }

    private mutating func count(_ values: Int, _ node: Yams.Node) throws(DocumentError) {
        made += values
        guard made <= Self.mostValues else { throw wrong(node, "has more than \(Self.mostValues) values") }
    }

    private func wrong(_ node: Yams.Node, _ reason: String) -> DocumentError {
        DocumentError(file: file, line: node.mark?.line, reason: reason)
    }
}
