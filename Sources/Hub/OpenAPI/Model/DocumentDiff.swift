import CallProtocol
import Operations

/// What another edition of a document changes for whoever calls its operations.
package struct DocumentDiff: Sendable, Equatable {
    package struct Change: Sendable, Equatable {
        package var name: String
        /// In words, one a line: `path: /a, was /b`.
        package var details: [String]
    }

    package var added: [String] = []
    package var removed: [String] = []
    package var changed: [Change] = []

    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

    package init(from old: ImportedDocument, to new: ImportedDocument) {
        let before = Dictionary(old.operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Dictionary(new.operations.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        added = after.keys.filter { before[$0] == nil }.sorted()
        removed = before.keys.filter { after[$0] == nil }.sorted()
        let inputs = ChangedSchemas(
            old.requestSchemas, old.operations.map { InputShape.schema(of: $0) }, new.requestSchemas,
            new.operations.map { InputShape.schema(of: $0) })
        let answers = ChangedSchemas(
            old.responseSchemas, old.operations.map { ResponseReader($0, old.responseSchemas).output },
            new.responseSchemas, new.operations.map { ResponseReader($0, new.responseSchemas).output })
        for name in after.keys.sorted() {
            guard let one = before[name], let other = after[name] else { continue }
            var details = Self.details(one, other)
            if details.isEmpty {
                // What the fields lead to may have changed all the same.
                if inputs.differ(InputShape.schema(of: one), InputShape.schema(of: other)) {
                    details.append("the form of its input")
                }
                let (was, isNow) = (
                    ResponseReader(one, old.responseSchemas).output, ResponseReader(other, new.responseSchemas).output
                )
                if answers.differ(was, isNow) { details.append("the form of its answers") }
            }
            if !details.isEmpty { changed.append(Change(name: name, details: details)) }
        }
    }

    private static func details(_ one: ImportedOperation, _ other: ImportedOperation) -> [String] {
        var details: [String] = []
        func note(_ what: String, _ before: String, _ now: String) {
            if before != now { details.append("\(what): \(now), was \(before)") }
        }
        note("method", one.method, other.method)
        note("path", one.path, other.path)
        note("kind", one.kind.rawValue, other.kind.rawValue)
        note("server", one.server?.description ?? "none", other.server?.description ?? "none")
        note("can be called", one.fault ?? "yes", other.fault ?? "yes")
        details += fields(InputShape.schema(of: one), InputShape.schema(of: other))
        return details
    }

    /// Parameters and the body, by whether they are there and needed.
    private static func fields(_ one: JSONSchema, _ other: JSONSchema) -> [String] {
        let (before, now) = (names(one), names(other))
        var details: [String] = []
        for (name, isNeeded) in now.sorted(by: { $0.key < $1.key }) {
            switch before[name] {
            case nil: details.append("new\(isNeeded ? " and needed" : ""): \(name)")
            case isNeeded: break
            default: details.append("\(isNeeded ? "now needed" : "no longer needed"): \(name)")
            }
        }
        for name in before.keys.sorted() where now[name] == nil { details.append("gone: \(name)") }
        return details
    }

    private static func names(_ schema: JSONSchema) -> [String: Bool] {
        var names: [String: Bool] = [:]
        for group in schema.keywords.properties {
            let words = group.schema.keywords
            if group.name == "body" || group.name == "contentType" {
                names[group.name] = schema.keywords.required.contains(group.name)
            } else {
                for field in words.properties {
                    names["\(group.name).\(field.name)"] = words.required.contains(field.name)
                }
            }
        }
        return names
    }
}

/// Which definitions two editions have differently, each looked at once, and which others lead to those.
private struct ChangedSchemas {
    private var tainted: Set<String> = []

    init(_ old: SchemaTable, _ before: [JSONSchema], _ new: SchemaTable, _ after: [JSONSchema]) {
        let was = Dictionary(
            old.definitions(of: before).map { ($0.name, $0.schema) }, uniquingKeysWith: { one, _ in one })
        let now = Dictionary(
            new.definitions(of: after).map { ($0.name, $0.schema) }, uniquingKeysWith: { one, _ in one })
        var leading: [String: [String]] = [:]
        for (name, schema) in now {
            for target in schema.references { leading[target, default: []].append(name) }
        }
        var waiting = Set(was.keys).union(now.keys).filter { was[$0] != now[$0] }.sorted()
        while let name = waiting.popLast() {
            if tainted.insert(name).inserted { waiting += leading[name] ?? [] }
        }
    }

    func differ(_ one: JSONSchema, _ other: JSONSchema) -> Bool {
        one != other || other.references.contains { tainted.contains($0) }
    }
}
