package import CallProtocol

/// Something that a provider rents out, in the words of all providers.
package struct Offer: Codable, Sendable, Hashable {
    package enum Availability: String, Codable, Sendable, Hashable, CaseIterable {
        case none, low, medium, high, unknown
    }

    /// What tells it from the provider's other offers.
    package var id: String
    package var provider: String
    /// What stays the same when the same machine is offered again; nil where its id does.
    package var host: String?
    /// For an hour, with the disk that was asked for where the provider says it.
    package var price: Double
    package var currency: String
    package var gpus = 0
    package var gpuModel: String?
    /// Bytes of one GPU's memory.
    package var vram: Int64?
    /// Nil where the provider does not say.
    package var cpus: Double?
    package var memory: Int64?
    package var disk: Int64?
    package var region: String?
    /// Two letters.
    package var country: String?
    package var spot = false
    package var availability = Availability.unknown
    /// 0 to 1.
    package var reliability: Double?
    /// Seconds since 1970 when it ends at the latest.
    package var expires: Int64?
    /// What the mapping wants to know again when it is rented.
    package var keep: JSONValue = [:]

    package init(id: String, provider: String, price: Double, currency: String) {
        (self.id, self.provider, self.price, self.currency) = (id, provider, price, currency)
    }

    /// As expressions see it.
    package var json: JSONValue {
        [
            "id": .string(id), "price": .double(price), "gpus": .integer(Int64(gpus)),
            "gpuModel": gpuModel.map { .string($0) } ?? .null, "vram": vram.map { .integer($0) } ?? .null,
            "cpus": cpus.map { .double($0) } ?? .null, "memory": memory.map { .integer($0) } ?? .null,
            "disk": disk.map { .integer($0) } ?? .null, "region": region.map { .string($0) } ?? .null,
            "spot": .bool(spot), "keep": keep,
        ]
    }
}

/// What a provider rents out that fits.
package struct OfferList: Sendable, Hashable {
    /// The cheapest first.
    package var offers: [Offer] = []
    /// Whether there may be more that the provider did not show.
    package var isPartial = false
    /// How many were left out because they could not be read.
    package var unreadable = 0

    package init() {}
}
