import CallProtocol
package import Operations
import Synchronization

/// The definitions that all schemas of a document share: each is made when it is first asked for, once, however many
/// refer to it and in whatever circle.
package final class SchemaTable: SchemaDefinitions {
    /// Which side of a call its schemas are for.
    package enum Side: Sendable {
        /// What is sent: without what only the other side may set.
        case request
        /// What comes back.
        case response
    }

    private struct State {
        var made: [String: JSONSchema] = [:]
        var defects: [Defect] = []
    }

    private let document: DocumentFiles
    private let dialect: Dialect
    private let side: Side
    private let state = Mutex(State())

    init(_ document: DocumentFiles, _ dialect: Dialect, _ side: Side) {
        self.document = document
        self.dialect = dialect
        self.side = side
    }

    package func definition(_ name: String) -> JSONSchema? {
        if let made = state.withLock({ $0.made[name] }) { return made }
        guard let place = Self.place(of: name, in: document, dialect) else { return nil }
        let log = DefectLog()
        let schema = SchemaReader(dialect: dialect, side: side, log: log).schema(place)
        return state.withLock { state in
            // Two may have made it at the same time; the first one stays.
            if let made = state.made[name] { return made }
            state.made[name] = schema
            state.defects += log.defects
            return schema
        }
    }

    /// What was found in the definitions that were made so far.
    package var defects: [Defect] { state.withLock { $0.defects } }

    /// Every definition that schemas lead to, by name, each once; at most `limit` of them, those nearest first.
    package func definitions(
        of schemas: some Sequence<JSONSchema>, limit: Int = .max
    ) -> [JSONSchemaKeywords.Named] {
        var found: [JSONSchemaKeywords.Named] = []
        var seen: Set<String> = []
        var waiting = schemas.flatMap(\.references)
        var next = 0
        while next < waiting.count, found.count < limit {
            let name = waiting[next]
            next += 1
            guard seen.insert(name).inserted, let definition = definition(name) else { continue }
            found.append(.init(name: name, schema: definition))
            waiting += definition.references
        }
        return found
    }

    /// Definitions that go with one schema for others to read, at most.
    private static let mostShown = 500

    /// The schema with all the definitions it leads to, as others read it.
    package func whole(_ schema: JSONSchema) -> JSONSchema {
        let definitions = definitions(of: [schema], limit: Self.mostShown)
        return definitions.isEmpty ? schema : schema.with { $0.definitions = definitions }
    }

    /// What a schema at a place is called: its own name where it is one of the document's components, else all of where it
    /// stands, which no component can be called.
    static func name(of place: Place, _ dialect: Dialect) -> String {
        let home = dialect.schemas
        if place.file == place.document.root, place.steps.count == home.count + 1, place.steps.starts(with: home),
            let last = place.steps.last, !last.contains("#")
        {
            return last
        }
        return "\(place.file)#" + place.steps.map { "/" + JSONPointer.escape($0) }.joined()
    }

    private static func place(of name: String, in document: DocumentFiles, _ dialect: Dialect) -> Place? {
        let root = Place(document)
        guard let mark = name.firstIndex(of: "#") else {
            return root.target(
                "#/" + (dialect.schemas + [name]).map { Percent.encoded(JSONPointer.escape($0)) }.joined(separator: "/")
            )
        }
        let pointer = name[mark...].dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return root.target(
            Percent.encoded(name[..<mark], allowing: .segment) + "#"
                + pointer.map { Percent.encoded($0) }.joined(separator: "/"))
    }
}

extension JSONSchema {
    /// The names of the definitions that this schema itself refers to.
    var references: [String] {
        var found: [String] = []
        var waiting = [self]
        while let schema = waiting.popLast() {
            let words = schema.keywords
            if let name = words.reference.flatMap(JSONSchema.definitionName) { found.append(name) }
            waiting += words.parts
        }
        return found
    }
}

extension JSONSchemaKeywords {
    /// The schemas that stand right within this one.
    var parts: [JSONSchema] {
        let named = (properties + patternProperties + dependentSchemas).map(\.schema)
        let single = [
            items, contains, unevaluatedItems, additionalProperties, propertyNames, unevaluatedProperties, not,
            condition?.test, condition?.then, condition?.otherwise,
        ].compactMap { $0 }
        return named + single + prefixItems + anyOf + oneOf + allOf
    }
}
