import CallProtocol

/// What a machine to be rented must have. Of what is left out any amount will do.
package struct ProviderOffersInput: Described, Hashable {
    /// Only this one's.
    package var provider: String?
    package var gpus: Int?
    /// Words of the model, in order.
    package var gpuModel: String?
    /// Bytes of one GPU's memory.
    package var vram: Int64?
    package var cpus: Double?
    /// Bytes.
    package var memory: Int64?
    /// Bytes that are rented with it.
    package var disk: Int64?
    /// For an hour, in the provider's currency.
    package var maxPrice: Double?
    package var region: String?
    package var spot: Bool?
    /// Offers that are given, at most.
    package var limit: Int?

    package init() {}

    /// What may be wished for.
    static let wishes = JSONSchema.object([
        "provider": .providerName, "gpus": .integer(minimum: 0, maximum: 1_024),
        "gpuModel": .string(minLength: 1, maxLength: 128).describe("Words of the model, in order: A100, rtx 4090"),
        "vram": .integer(minimum: 0, maximum: (1 << 50)).describe("Bytes of one GPU's memory"),
        "cpus": .number(minimum: 0, maximum: 4_096),
        "memory": .integer(minimum: 0, maximum: (1 << 50)).describe("Bytes"),
        "disk": .integer(minimum: 0, maximum: (1 << 50)).describe("Bytes that are rented with it; left out: 20 GiB"),
        "maxPrice": .number(minimum: 0, maximum: 1_000_000).describe("For an hour, in the provider's currency"),
        "region": .string(minLength: 1, maxLength: 64).describe(
            "A region or its beginning, or a country's letters"),
        "spot": .boolean.describe("Whether it may be one that the provider takes back when it likes"),
    ])

    package static let schema = wishes.adding(["limit": .integer(minimum: 1, maximum: 10_000)])
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
