package import CallProtocol

extension JSONSchema {
    /// How many violations are reported at most.
    package static let violationLimit = 20

    /// What is wrong with a value by this schema; empty where it is valid. At most ``violationLimit``, in the order of
    /// the value. Formats are notes and assert nothing, but `date-time`.
    /// - Parameter definitions: where references are looked up that this schema does not define itself.
    package func validate(_ value: JSONValue, with definitions: (any SchemaDefinitions)? = nil) -> [SchemaViolation] {
        var validator = JSONSchemaValidator(root: self, definitions: definitions)
        validator.check(value, self, at: "", depth: 0)
        return validator.violations
    }
}

/// Schemas that others refer to by name (`#/$defs/NAME`), made when they are first asked for.
package protocol SchemaDefinitions: Sendable {
    func definition(_ name: String) -> JSONSchema?
}

/// One validation under way.
struct JSONSchemaValidator {
    /// Schemas within schemas, references followed included; more means a schema that refers to itself without end.
    static let deepest = 512
    /// Checks of one schema against one value. Branches within branches could multiply without end, as in a schema
    /// from elsewhere; past this the value is refused.
    private let mostSteps: Int

    let root: JSONSchema
    let definitions: (any SchemaDefinitions)?
    private(set) var violations: [SchemaViolation] = []
    private var steps = 0

    /// - Parameter limit: looks at schemas, at most; where it is left out, fewer with definitions from elsewhere.
    init(root: JSONSchema, definitions: (any SchemaDefinitions)? = nil, limit: Int? = nil) {
        self.root = root
        self.definitions = definitions
        mostSteps = limit ?? (definitions == nil ? 2_000_000 : 100_000)
    }

    /// The schema that a reference means, or nil.
    func resolve(_ reference: String) -> JSONSchema? {
        root.resolve(reference) ?? JSONSchema.definitionName(reference).flatMap { definitions?.definition($0) }
    }

    /// The schema with its reference followed, through at most 32 of them.
    func resolved(_ schema: JSONSchema) -> JSONSchema {
        var schema = schema
        for _ in 0..<32 {
            guard let reference = schema.keywords.reference, let target = resolve(reference) else { break }
            schema = target
        }
        return schema
    }

    mutating func report(_ message: String, at pointer: String) {
        if violations.count < JSONSchema.violationLimit {
            violations.append(SchemaViolation(pointer: pointer, message: message))
        }
    }

    /// Counts a look at a schema; false when there were too many.
    mutating func step() -> Bool {
        steps += 1
        return steps < mostSteps
    }

    mutating func check(_ value: JSONValue, _ schema: JSONSchema, at pointer: String, depth: Int) {
        guard violations.count < JSONSchema.violationLimit else { return }
        guard depth < Self.deepest, step() else {
            return report("the schema is too deep or too large to check this value", at: pointer)
        }
        let words = schema.keywords
        if words.refusesAll { return report("nothing is allowed here", at: pointer) }
        if let reference = words.reference {
            guard let target = resolve(reference) else {
                return report("the schema refers to `\(reference)`, which it does not define", at: pointer)
            }
            check(value, target, at: pointer, depth: depth + 1)
        }
        guard words.types.isEmpty || words.types.contains(where: { $0.allows(value) }) else {
            // The rest would only say the same again in other words.
            return report("expected \(Self.phrase(words.types)), found \(value.kind.phrase)", at: pointer)
        }
        checkValues(value, words, at: pointer)
        switch value {
        case .integer, .double: checkNumber(value, words, at: pointer)
        case .string(let text): checkString(text, schema, at: pointer)
        case .array(let elements): checkArray(elements, words, at: pointer, depth: depth)
        case .object(let members): checkObject(members, schema, at: pointer, depth: depth)
        case .null, .bool: break
        }
        checkBranches(value, words, at: pointer, depth: depth)
        if words.unevaluatedProperties != nil || words.unevaluatedItems != nil {
            checkUnevaluated(value, schema, at: pointer, depth: depth)
        }
    }

    /// Whether the value is valid by a branch, and what is wrong if not; nothing is reported.
    mutating func attempt(
        _ value: JSONValue, _ schema: JSONSchema, at pointer: String, depth: Int
    ) -> [SchemaViolation] {
        let before = violations
        violations = []
        check(value, schema, at: pointer, depth: depth + 1)
        defer { violations = before }
        return violations
    }

    private mutating func checkBranches(
        _ value: JSONValue, _ words: JSONSchemaKeywords, at pointer: String, depth: Int
    ) {
        for branch in words.allOf { check(value, branch, at: pointer, depth: depth + 1) }
        if !words.anyOf.isEmpty { checkAny(of: words.anyOf, value, at: pointer, depth: depth, exactlyOne: false) }
        if !words.oneOf.isEmpty { checkAny(of: words.oneOf, value, at: pointer, depth: depth, exactlyOne: true) }
        if let not = words.not, attempt(value, not, at: pointer, depth: depth).isEmpty {
            report("\(Self.show(value)) is not allowed", at: pointer)
        }
        guard let condition = words.condition else { return }
        let holds = attempt(value, condition.test, at: pointer, depth: depth).isEmpty
        if let branch = holds ? condition.then : condition.otherwise {
            check(value, branch, at: pointer, depth: depth + 1)
        }
    }

    private mutating func checkAny(
        of branches: [JSONSchema], _ value: JSONValue, at pointer: String, depth: Int, exactlyOne: Bool
    ) {
        var valid = 0
        var nearest: [SchemaViolation]?
        for branch in branches {
            let wrong = attempt(value, branch, at: pointer, depth: depth)
            if wrong.isEmpty {
                valid += 1
                if !exactlyOne { return }
            } else if Self.distance(wrong, pointer) < nearest.map({ Self.distance($0, pointer) }) ?? .max {
                nearest = wrong
            }
        }
        if valid == 1 { return }
        guard valid == 0, let nearest else {
            return report("matches \(valid) of \(branches.count) forms where exactly one is allowed", at: pointer)
        }
        // Where one branch fits but for something within, that is what the reader wants to hear.
        if Self.distance(nearest, pointer) < 1000 || branches.count == 1 {
            for violation in nearest { report(violation.message, at: violation.pointer) }
        } else {
            let forms = branches.map { Self.phrase(resolved($0)) }.reduce(into: [String]()) { forms, form in
                if !forms.contains(form) { forms.append(form) }
            }
            report("expected \(Self.list(forms)), found \(value.kind.phrase)", at: pointer)
        }
    }

    /// How far a value is from a branch: another kind of value, or another tag, is farther than any fault within.
    private static func distance(_ violations: [SchemaViolation], _ pointer: String) -> Int {
        let outer = violations.contains { $0.pointer == pointer && $0.message.hasPrefix("expected ") }
        let tag = violations.contains { $0.message.hasPrefix("must be ") }
        return violations.count + (outer ? 1000 : 0) + (tag ? 100 : 0)
    }
}

extension JSONSchema {
    /// The schema a reference within this outermost schema means, or nil.
    func resolve(_ reference: String) -> JSONSchema? {
        if reference == "#" { return self }
        return Self.definitionName(reference).flatMap(definition)
    }

    /// The schema with its reference followed, within this outermost one.
    package func resolved(_ schema: JSONSchema) -> JSONSchema { JSONSchemaValidator(root: self).resolved(schema) }

    /// The name in `#/$defs/NAME`; nil of any other reference.
    package static func definitionName(_ reference: String) -> String? {
        let prefix = "#/$defs/"
        return reference.hasPrefix(prefix) ? JSONPointer.unescape(reference.dropFirst(prefix.count)) : nil
    }
}

extension JSONSchemaKeywords.Kind {
    /// Whether the value is of this kind; a whole number is an integer and a number, 3.0 is whole.
    func allows(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.null, .null), (.boolean, .bool), (.string, .string), (.array, .array), (.object, .object),
            (.number, .integer), (.number, .double), (.integer, .integer):
            true
        case (.integer, .double(let value)):
            value.rounded() == value
        default:
            false
        }
    }

    /// The kind with its article.
    var phrase: String {
        switch self {
        case .null: "null"
        case .integer: "a whole number"
        case .array, .object: "an \(rawValue)"
        case .boolean, .number, .string: "a \(rawValue)"
        }
    }
}
