import CallProtocol

/// What a machine to be rented must have. Of what is left out any amount will do.
///
/// Inputs that ask for one have its fields beside their own.
package struct OfferWish: Described, Hashable {
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

    package init() {}

    package static let schema = JSONSchema.object([
        "provider": .providerName, "gpus": .integer(minimum: 0, maximum: 1_024),
        "gpuModel": .string(minLength: 1, maxLength: 128).describe("Words of the model, in order: A100, rtx 4090"),
        "vram": .integer(minimum: 0, maximum: (1 << 50)).describe("Bytes of one GPU's memory"),
        "cpus": .number(minimum: 0, maximum: 4_096),
        "memory": .integer(minimum: 0, maximum: (1 << 50)).describe("Bytes"),
        "disk": .integer(minimum: 0, maximum: (1 << 50)).describe("Bytes that are rented with it; left out: 20 GiB"),
        "maxPrice": .number(minimum: 0, maximum: 1_000_000).describe("For an hour, in the provider's currency"),
        "region": .string(minLength: 1, maxLength: 64).describe("A region or its beginning, or a country's letters"),
        "spot": .boolean.describe("Whether it may be one that the provider takes back when it likes"),
    ])
}
