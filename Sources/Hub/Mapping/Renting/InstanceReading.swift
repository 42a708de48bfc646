import CallProtocol
import Market

/// What is read of a provider's description of something rented.
struct InstanceReading: Sendable, Hashable {
    private static let names: Set<String> = ["item"]

    let id: Expression
    let name: Expression
    let status: Expression
    /// What each of the provider's words for a status means; any other is `unknown`. A null is the word `null`.
    let statuses: [String: RentedInstance.Status]
    let message: Expression?
    let price: Expression?
    let region: Expression?

    init(_ fields: inout MappingFields) throws(CallError) {
        id = try fields.need("id", try fields.expression("id", names: Self.names))
        name = try fields.need("name", try fields.expression("name", names: Self.names))
        status = try fields.need("status", try fields.expression("status", names: Self.names))
        var statuses: [String: RentedInstance.Status] = [:]
        for (word, text) in try fields.pairs("statuses") {
            guard let status = RentedInstance.Status(rawValue: text) else {
                throw MappingFields.unknown(
                    text, RentedInstance.Status.self, at: "mapping.rent.instance.statuses.\(word)")
            }
            statuses[word] = status
        }
        self.statuses = statuses
        message = try fields.expression("message", names: Self.names)
        price = try fields.expression("price", names: Self.names)
        region = try fields.expression("region", names: Self.names)
        try fields.finish()
    }

    /// - Throws: `PROVIDER_ANSWER` where it has no id.
    func read(_ item: JSONValue, _ operation: String) throws(CallError) -> RentedInstance {
        func work(_ field: String, _ expression: Expression?) throws(CallError) -> JSONValue {
            guard let expression else { return .null }
            return try RentMapping.work("instance.\(field)", operation) { () throws(ExpressionError) in
                try expression.value(["item": item])
            }
        }
        guard let id = Self.id(try work("id", id)) else {
            throw CallError(
                RentMapping.unreadable, "an instance in the answer of \(operation) has no id", retryable: false)
        }
        let word = try work("status", status)
        var instance = RentedInstance(
            id: id, status: statuses[word.stringValue ?? word.description] ?? .unknown)
        instance.name = try work("name", name).stringValue
        instance.message = try work("message", message).stringValue.flatMap {
            $0.isEmpty ? nil : String($0.prefix(500))
        }
        let price = try work("price", price)
        instance.price = price.doubleValue ?? price.stringValue.flatMap(ExpressionEvaluator.decimal)
        instance.region = try work("region", region).stringValue
        return instance
    }

    /// A text or a number.
    static func id(_ value: JSONValue) -> String? {
        if let text = value.stringValue { return text.isEmpty ? nil : text }
        return value.integerValue.map(String.init)
    }
}
