package import CallProtocol

/// What a machine to be rented must have.
package struct RentWish: Codable, Sendable, Hashable {
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
