import CallProtocol

/// Rented machines that are kept ready, so that nothing has to wait for one.
package enum PoolOperations {
    package static let list = Operation<Empty, PoolList>(
        "pool/list", .query, summary: "The warm pools, with the machines that are ready in each")

    package static let set = Operation<PoolInput, PoolView>(
        "pool/set", .mutation, subject: .input("name"),
        summary: "Keep so many rented machines ready, whatever is at work",
        description: """
            A machine that takes work is followed by another one; one that has ended its work and is not needed is given back \
            as every other. Budgets hold for pools too.
            """,
        examples: [
            OperationExample("Two RTX 4090 always ready", ["name": "fast", "count": 2, "gpuModel": "4090"])
        ])

    package static let remove = Operation<PoolRef, Empty>(
        "pool/remove", .mutation, subject: .input("name"),
        summary: "Keep none ready any more; its machines are given back when they have nothing to do")
}

package struct PoolRef: Described, Hashable {
    package var name: String

    package init(name: String) { self.name = name }

    package static let schema = JSONSchema.object(["name": .poolName], required: ["name"])
}

/// A pool as it is asked for.
@dynamicMemberLookup
package struct PoolInput: Described, Hashable {
    package var name: String
    /// Machines that have nothing to do, or are coming.
    package var count: Int
    package var wish = OfferWish()
    /// The container image that they begin with.
    package var image: String?

    package init(name: String, count: Int) { (self.name, self.count) = (name, count) }

    package subscript<Value>(dynamicMember path: WritableKeyPath<OfferWish, Value>) -> Value {
        get { wish[keyPath: path] }
        set { wish[keyPath: path] = newValue }
    }

    package static let schema = OfferWish.schema.adding(
        [
            "name": .poolName, "count": .integer(minimum: 0, maximum: 1_000).describe("Machines with nothing to do"),
            "image": .string(minLength: 1, maxLength: 512).describe("What they begin with; any that has a shell"),
        ], required: ["name", "count"])
}

extension PoolInput {
    private enum CodingKeys: String, CodingKey { case name, count, image }

    package init(from decoder: any Decoder) throws {
        wish = try OfferWish(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        name = try values.decode(String.self, forKey: .name)
        count = try values.decode(Int.self, forKey: .count)
        image = try values.decodeIfPresent(String.self, forKey: .image)
    }

    package func encode(to encoder: any Encoder) throws {
        try wish.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(count, forKey: .count)
        try values.encodeIfPresent(image, forKey: .image)
    }
}

package struct PoolView: Described, Hashable {
    package var name: String
    package var count: Int
    package var wish: OfferWish
    package var image: String?
    /// Machines that are there and have nothing to do.
    package var ready: Int
    /// Machines that are being rented.
    package var coming: Int
    /// Machines that are at work.
    package var busy: Int
    /// Why there are not enough; left out where there are, or more are coming.
    package var reason: String?

    package init(_ input: PoolInput, ready: Int, coming: Int, busy: Int, reason: String?) {
        (name, count, wish, image) = (input.name, input.count, input.wish, input.image)
        (self.ready, self.coming, self.busy, self.reason) = (ready, coming, busy, reason)
    }

    package static let schema = JSONSchema.object(
        [
            "name": .string, "count": .integer, "wish": OfferWish.schema, "image": .string, "ready": .integer,
            "coming": .integer, "busy": .integer, "reason": .string,
        ], required: ["name", "count", "wish", "ready", "coming", "busy"])
}

package struct PoolList: Described, Hashable {
    package var pools: [PoolView]

    package init(pools: [PoolView]) { self.pools = pools }

    package static let schema = JSONSchema.object(["pools": .array(of: PoolView.schema)], required: ["pools"])
}

extension JSONSchema {
    fileprivate static var poolName: JSONSchema {
        .string(minLength: 1, maxLength: 63, pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$").examples("fast")
    }
}
