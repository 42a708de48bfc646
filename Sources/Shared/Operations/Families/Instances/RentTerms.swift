import CallProtocol

/// That a machine may be rented for a workload, and on what terms. What it must have is what the workload asks for.
package struct RentTerms: Described, Hashable {
    /// For an hour, in the provider's currency.
    package var maxPrice: Double?
    /// What all machines that are rented for it may cost together, in the provider's currency.
    package var maxCost: Double?
    /// Only this provider's machines.
    package var provider: String?
    /// A region or its beginning, or a country's letters.
    package var region: String?
    /// Whether it may be one that the provider takes back when it likes.
    package var spot: Bool?
    /// Bytes of one GPU's memory.
    package var vram: Int64?
    /// Bytes that are rented with it.
    package var disk: Int64?
    /// How long the machine may have nothing to do before it is given back.
    package var idleMs: Int64?

    package init() {}

    package static let schema = JSONSchema.object([
        "maxPrice": .number(minimum: 0, maximum: 1_000_000).describe("For an hour, in the provider's currency"),
        "maxCost": .number(minimum: 0, maximum: 1_000_000).describe(
            "What all machines that are rented for it may cost together"),
        "provider": .providerName, "region": .string(minLength: 1, maxLength: 64), "spot": .boolean,
        "vram": .integer(minimum: 0, maximum: 1 << 50).describe("Bytes of one GPU's memory"),
        "disk": .integer(minimum: 0, maximum: 1 << 50).describe("Bytes that are rented with it"),
        "idleMs": .integer(minimum: 60_000, maximum: 366 * 86_400_000).describe(
            "How long the machine may have nothing to do before it is given back"),
    ])
}

extension WorkloadSpec {
    /// Why its terms of renting cannot be, in words; nil where nothing speaks against them.
    var rentInvalidity: String? {
        guard rent != nil else { return nil }
        if node != nil { return "node is for a machine that is there, and rent for one that is not" }
        guard image != nil else { return nil }
        let alone = [("pull", pull != nil), ("mounts", mounts != nil), ("user", user != nil)].first { $0.1 }
        if let alone { return "\(alone.0) is not for rented machines: the machine itself is the image's container" }
        return cmd.isEmpty ? "cmd is needed: the image's own program is not run on a rented machine" : nil
    }

    /// What a node is told of it. A rented machine is its image's container already.
    package var onNode: WorkloadSpec {
        guard rent != nil else { return self }
        var spec = self
        (spec.rent, spec.image) = (nil, nil)
        return spec
    }
}
