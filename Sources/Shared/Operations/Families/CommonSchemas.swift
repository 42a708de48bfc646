/// Schemas that several families share.
extension JSONSchema {
    package static var labels: JSONSchema {
        .map(of: .string()).describe("Labels: keys of at most 63 characters, values of at most 253")
    }

    package static var timestamp: JSONSchema { .string().format("date-time").describe("RFC 3339, in UTC") }

    package static var name: JSONSchema {
        .string(minLength: 1, maxLength: 63).describe("Letters, digits, '.', '_' and '-'")
    }

    package static var bytes: JSONSchema { .integer(minimum: 0).describe("Bytes") }
}
