package import CallProtocol

/// What a machine to be rented must have.
package struct RentWish: Sendable, Hashable {
    /// 0 for a machine without.
    package var gpus: Int = 0
    /// Words of the model, in order.
    package var gpuModel: String?
    /// Bytes of one GPU's memory.
    package var vram: Int64?
    package var cpus: Double?
    /// Bytes.
    package var memory: Int64?
    /// Bytes that are rented with it.
    package var disk: Int64 = 20 << 30
    /// For an hour, in the provider's currency.
    package var maxPrice: Double?
    /// A region, or a country's two letters.
    package var region: String?
    /// Whether it may be one that the provider takes back when it likes.
    package var spot = false

    package init() {}

    /// As expressions see it: sizes in bytes.
    package var json: JSONValue {
        [
            "gpus": .integer(Int64(gpus)), "gpuModel": gpuModel.map { .string($0) } ?? .null,
            "vram": vram.map { .integer($0) } ?? .null, "cpus": cpus.map { .double($0) } ?? .null,
            "memory": memory.map { .integer($0) } ?? .null, "disk": .integer(disk),
            "maxPrice": maxPrice.map { .double($0) } ?? .null, "region": region.map { .string($0) } ?? .null,
            "spot": .bool(spot),
        ]
    }
}

/// Something that a provider rents out, in the words of all providers.
package struct Offer: Sendable, Hashable {
    package enum Availability: String, Sendable, Hashable, CaseIterable {
        case none, low, medium, high, unknown
    }

    /// What tells it from the provider's other offers.
    package var id: String
    package var provider: String
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

/// What is rented: everything that a create is made of.
package struct RentOrder: Sendable, Hashable {
    /// Unique: what it is found again by.
    package var name: String
    package var offer: Offer
    package var image: String
    /// Bytes.
    package var disk: Int64
    package var env: [String: String]
    /// The words that begin it, for a provider that takes a command.
    package var command: [String]
    /// The same as a shell's script, for one that takes that.
    package var script: String

    package init(
        name: String, offer: Offer, image: String, disk: Int64, env: [String: String], command: [String], script: String
    ) {
        (self.name, self.offer, self.image, self.disk) = (name, offer, image, disk)
        (self.env, self.command, self.script) = (env, command, script)
    }

    /// As expressions see it.
    package var names: [String: JSONValue] {
        [
            "name": .string(name), "offer": offer.json, "image": .string(image), "disk": .integer(disk),
            "env": .object(JSONObject(env.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            "command": .array(command.map { .string($0) }), "script": .string(script),
        ]
    }
}

/// What is rented, as its provider tells it.
package struct RentedInstance: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case provisioning, starting, running, stopping, stopped, terminating, terminated, failed, unknown
    }

    package var id: String
    /// What whoever rented it called it.
    package var name: String?
    package var status: Status
    /// What the provider says of it.
    package var message: String?
    /// For an hour, now.
    package var price: Double?
    package var region: String?

    package init(id: String, status: Status) { (self.id, self.status) = (id, status) }
}

/// What an error of a provider means for what was asked.
package enum ErrorMeaning: String, Sendable, Hashable, CaseIterable {
    /// Nothing was made; another offer may do.
    case nextOffer
    /// Nothing was made, and nothing will be until somebody has changed something there.
    case stop
    /// Nothing was made; it may work later.
    case backOff
    /// It cannot be said what was made: a listing has to tell.
    case reconcile
}
