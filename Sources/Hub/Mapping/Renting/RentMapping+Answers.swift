package import CallProtocol
package import Market
import Operations

/// What answers mean.
extension RentMapping {
    /// What an answer is that its mapping does not understand: as good as none.
    package static let unreadable = ErrorCode(rawValue: "PROVIDER_ANSWER")

    /// - Throws: `PROVIDER_REFUSED` with the provider's words where the answer says that it failed.
    package func require(_ answer: JSONValue, of operation: String) throws(CallError) {
        guard let success else { return }
        let holds = try Self.work("success", operation) { () throws(ExpressionError) in
            try success.value(["answer": answer])
        }
        guard holds.boolValue != true else { return }
        throw CallError(
            Self.refused, words(answer, 200) ?? "\(operation) did not do what was asked", retryable: false,
            details: ["body": answer])
    }

    /// What a 200 is that says it failed.
    package static let refused = ErrorCode(rawValue: "PROVIDER_REFUSED")

    /// The instance's id.
    /// - Throws: `PROVIDER_ANSWER` where the answer has none: something may have been made.
    package func id(created answer: JSONValue) throws(CallError) -> String {
        let id = try Self.work("id", create.operation) { () throws(ExpressionError) in
            try created.value(["answer": answer])
        }
        guard let text = InstanceReading.id(id) else {
            throw CallError(
                Self.unreadable, "the answer of \(create.operation) has no id", retryable: false,
                details: ["mayHaveHappened": true])
        }
        return text
    }

    /// Nil where the provider says that there is none.
    package func instance(got answer: JSONValue) throws(CallError) -> RentedInstance? {
        func work(_ field: String, _ expression: Expression) throws(CallError) -> JSONValue {
            try Self.work(field, get.operation) { () throws(ExpressionError) in try expression.value(["answer": answer])
            }
        }
        if let gone, try work("gone", gone).boolValue == true { return nil }
        let item = try work("item", got)
        guard !item.isNull else {
            throw CallError(
                Self.unreadable,
                "the answer of \(get.operation) has nothing where the mapping says that the instance is",
                retryable: false)
        }
        return try instance.read(item, get.operation)
    }

    /// All of the account's.
    /// - Throws: `PROVIDER_ANSWER` where the answer is no list, or one of it cannot be told from the others: then
    ///   nothing is known.
    package func instances(listed answer: JSONValue) throws(CallError) -> [RentedInstance] {
        let items = try Self.work("items", list.operation) { () throws(ExpressionError) in
            try listed.value(["answer": answer])
        }
        guard let items = items.arrayValue else {
            throw CallError(
                Self.unreadable, "the answer of \(list.operation) has no list where the mapping says that it is",
                retryable: false)
        }
        if let total {
            let told = try Self.work("total", list.operation) { () throws(ExpressionError) in
                try total.value(["answer": answer])
            }
            if let told = told.integerValue, told > items.count {
                throw CallError(
                    Self.unreadable, "\(list.operation) gave \(items.count) of \(told) instances", retryable: false)
            }
        }
        var found: [RentedInstance] = []
        for item in items { found.append(try instance.read(item, list.operation)) }
        return found
    }

    /// What an error means for an action, and what the provider says of it.
    package func meaning(of error: CallError, creating: Bool) -> (meaning: ErrorMeaning, words: String) {
        let status = Self.status(error)
        let body = error.details?["body"] ?? .null
        let words = words(body, status) ?? error.message
        // What was never sent has made nothing, whatever it is.
        let wasSent = status != nil || error.code == Self.refused || error.code == Self.unreadable
        let names: [String: JSONValue] = [
            "status": status.map { .integer(Int64($0)) } ?? .null, "answer": body, "message": .string(words),
            "creating": .bool(creating),
        ]
        // No rule knows better: something may have been made.
        if creating, error.details?["mayHaveHappened"] == true || error.code == Self.unreadable || id(refused: body) {
            return (.reconcile, words)
        }
        if wasSent, let rule = errors.first(where: { $0.holds(names) }) { return (rule.meaning, words) }
        return (ErrorRule.usual(error, status), words)
    }

    /// Whether an answer that says it failed has an id all the same.
    private func id(refused body: JSONValue) -> Bool {
        (try? created.value(["answer": body])).flatMap(InstanceReading.id) != nil
    }

    static func status(_ error: CallError) -> Int? {
        guard error.code.rawValue.hasPrefix("HTTP_") else { return nil }
        return Int(error.code.rawValue.dropFirst(5))
    }

    private func words(_ answer: JSONValue, _ status: Int?) -> String? {
        let names: [String: JSONValue] = ["answer": answer, "status": status.map { .integer(Int64($0)) } ?? .null]
        guard let message, let value = try? message.value(names) else { return nil }
        let text = value.stringValue ?? (value.isNull ? "" : value.description)
        return text.isEmpty ? nil : String(text.prefix(500))
    }

    static func work(
        _ field: String, _ operation: String, _ body: () throws(ExpressionError) -> JSONValue
    ) throws(CallError) -> JSONValue {
        do throws(ExpressionError) { return try body() } catch {
            throw CallError(
                Self.unreadable, "the answer of \(operation) does not fit the mapping's \(field): \(error)",
                retryable: false)
        }
    }
}
