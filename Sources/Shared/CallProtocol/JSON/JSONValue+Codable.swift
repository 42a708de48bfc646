extension JSONValue: Codable {
    /// Through our own decoder the value is taken from the text in one go; this is the way through any other.
    package init(from decoder: any Decoder) throws {
        if let ours = decoder as? JSONTapeDecoder {
            self = try ours.value()
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            let members = try container.decode([String: JSONValue].self)
            self = .object(JSONObject(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        }
    }

    /// Members keep their order where the encoder keeps it.
    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: JSONKey.self)
            for member in members { try container.encode(member.value, forKey: .name(member.key)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .integer(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .double(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
    }
}

/// A step in a coding path: a member's name or a place in an array.
enum JSONKey: CodingKey {
    case name(String)
    case place(Int)

    init(stringValue: String) { self = .name(stringValue) }
    init(intValue: Int) { self = .place(intValue) }

    var stringValue: String {
        switch self {
        case .name(let name): name
        case .place(let place): String(place)
        }
    }

    var intValue: Int? {
        if case .place(let place) = self { place } else { nil }
    }
}
