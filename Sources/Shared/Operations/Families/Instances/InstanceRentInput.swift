import CallProtocol

/// A machine that is wished for.
@dynamicMemberLookup
package struct InstanceRentInput: Described, Hashable {
    package var wish = OfferWish()
    /// The container image that the machine begins with.
    package var image: String?
    /// How long it may have nothing to do before it is given back.
    package var idleMs: Int64?

    package init() {}

    package subscript<Value>(dynamicMember path: WritableKeyPath<OfferWish, Value>) -> Value {
        get { wish[keyPath: path] }
        set { wish[keyPath: path] = newValue }
    }

    package static let schema = OfferWish.schema.adding([
        "image": .string(minLength: 1, maxLength: 512).describe("What it begins with; any that has a shell"),
        "idleMs": .integer(minimum: 60_000, maximum: 366 * 86_400_000).describe(
            "How long it may have nothing to do before it is given back; left out: 10 minutes"),
    ])
}

extension InstanceRentInput {
    private enum CodingKeys: String, CodingKey { case image, idleMs }

    package init(from decoder: any Decoder) throws {
        wish = try OfferWish(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        image = try values.decodeIfPresent(String.self, forKey: .image)
        idleMs = try values.decodeIfPresent(Int64.self, forKey: .idleMs)
    }

    package func encode(to encoder: any Encoder) throws {
        try wish.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(image, forKey: .image)
        try values.encodeIfPresent(idleMs, forKey: .idleMs)
    }
}
