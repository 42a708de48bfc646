import CallProtocol

/// What is looked for among offers.
@dynamicMemberLookup
package struct ProviderOffersInput: Described, Hashable {
    package var wish = OfferWish()
    /// Offers that are given, at most.
    package var limit: Int?

    package init() {}

    package subscript<Value>(dynamicMember path: WritableKeyPath<OfferWish, Value>) -> Value {
        get { wish[keyPath: path] }
        set { wish[keyPath: path] = newValue }
    }

    package static let schema = OfferWish.schema.adding(["limit": .integer(minimum: 1, maximum: 10_000)])
}

extension ProviderOffersInput {
    private enum CodingKeys: String, CodingKey { case limit }

    package init(from decoder: any Decoder) throws {
        wish = try OfferWish(from: decoder)
        limit = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Int.self, forKey: .limit)
    }

    package func encode(to encoder: any Encoder) throws {
        try wish.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(limit, forKey: .limit)
    }
}

/// Something that a provider rents out.
package struct OfferView: Described, Hashable {
    package var id: String
    package var provider: String
    /// For an hour.
    package var price: Double
    package var currency: String
    package var gpus: Int
    package var gpuModel: String?
    /// Bytes of one GPU's memory.
    package var vram: Int64?
    /// Nil where the provider does not say.
    package var cpus: Double?
    package var memory: Int64?
    package var disk: Int64?
    package var region: String?
    package var country: String?
    package var spot: Bool
    /// `low`, `medium`, `high` or `unknown`.
    package var availability: String
    /// 0 to 1.
    package var reliability: Double?
    package var expires: String?

    package init(
        id: String, provider: String, price: Double, currency: String, gpus: Int, spot: Bool, availability: String
    ) {
        (self.id, self.provider, self.price, self.currency) = (id, provider, price, currency)
        (self.gpus, self.spot, self.availability) = (gpus, spot, availability)
    }

    package static let schema = JSONSchema.object(
        [
            "id": .string, "provider": .string, "price": .number, "currency": .string, "gpus": .integer,
            "gpuModel": .string, "vram": .integer, "cpus": .number, "memory": .integer, "disk": .integer,
            "region": .string, "country": .string, "spot": .boolean, "availability": .string, "reliability": .number,
            "expires": .string(format: "date-time"),
        ], required: ["id", "provider", "price", "currency", "gpus", "spot", "availability"])
}

/// How one provider answered.
package struct ProviderListing: Described, Hashable {
    package var name: String
    /// How many of its offers fit.
    package var offers: Int
    package var listedAt: String
    /// Why nothing is known of its offers, in its own words.
    package var fault: String?
    /// Whether it may have more than it shows at once.
    package var partial: Bool?
    /// How many could not be read.
    package var unreadable: Int?

    package init(name: String, offers: Int, listedAt: String, fault: String? = nil) {
        (self.name, self.offers, self.listedAt, self.fault) = (name, offers, listedAt, fault)
    }

    package static let schema = JSONSchema.object(
        [
            "name": .string, "offers": .integer, "listedAt": .string(format: "date-time"), "fault": .string,
            "partial": .boolean, "unreadable": .integer,
        ],
        required: ["name", "offers", "listedAt"])
}

package struct ProviderOffers: Described, Hashable {
    /// The cheapest first.
    package var offers: [OfferView]
    /// Every provider that was asked.
    package var providers: [ProviderListing]

    package init(offers: [OfferView], providers: [ProviderListing]) {
        (self.offers, self.providers) = (offers, providers)
    }

    package static let schema = JSONSchema.object(
        ["offers": .array(of: OfferView.schema), "providers": .array(of: ProviderListing.schema)],
        required: ["offers", "providers"])
}
