import CallProtocol
import Market

/// What is read of an offer.
struct OfferFields: Sendable, Hashable {
    private static let known = [
        "id", "host", "price", "gpus", "gpuModel", "vram", "cpus", "memory", "disk", "region", "country", "spot",
        "availability",
        "reliability", "expires",
    ]

    private let expressions: [String: Expression]
    /// What each of the provider's words for availability means; any other is `unknown`.
    private let availabilities: [String: Offer.Availability]
    private let keep: [String: Expression]

    init(_ fields: inout MappingFields, names: Set<String>) throws(CallError) {
        var expressions: [String: Expression] = [:]
        for field in Self.known { expressions[field] = try fields.expression(field, names: names) }
        _ = try fields.need("id", expressions["id"])
        _ = try fields.need("price", expressions["price"])
        self.expressions = expressions
        var availabilities: [String: Offer.Availability] = [:]
        for (word, text) in try fields.pairs("availabilities") {
            guard let availability = Offer.Availability(rawValue: text) else {
                throw MappingFields.unknown(
                    text, Offer.Availability.self, at: "mapping.rent.offers.availabilities.\(word)")
            }
            availabilities[word] = availability
        }
        self.availabilities = availabilities
        var keep: [String: Expression] = [:]
        for (name, value) in try fields.objects("keep") {
            keep[name] = try MappingFields.expression(value, at: "mapping.rent.offers.keep.\(name)", names: names)
        }
        self.keep = keep
    }

    /// The names of what is kept.
    var keeps: Set<String> { Set(keep.keys) }

    /// Characters of a text that are kept.
    private static let longest = 200

    /// Nil where it has no id or no price.
    func offer(_ names: [String: JSONValue], _ blank: Offer) throws(ExpressionError) -> Offer? {
        var values: [String: JSONValue] = [:]
        for (field, expression) in expressions { values[field] = try expression.value(names) }
        func number(_ field: String) -> Double? {
            values[field].flatMap { $0.doubleValue ?? $0.stringValue.flatMap(ExpressionEvaluator.decimal) }
        }
        func text(_ field: String) -> String? { values[field]?.stringValue.map { String($0.prefix(Self.longest)) } }
        func bytes(_ field: String) -> Int64? { number(field).flatMap { $0 >= 0 && $0 < 0x1p62 ? Int64($0) : nil } }
        guard let id = InstanceReading.id(values["id"] ?? .null), id.count <= Self.longest, let price = number("price"),
            price.isFinite,
            price >= 0
        else { return nil }
        var offer = blank
        (offer.id, offer.price) = (id, price)
        offer.host = values["host"].flatMap(InstanceReading.id).map { String($0.prefix(Self.longest)) }
        offer.gpus = number("gpus").flatMap { (0...1_024).contains($0) ? Int($0) : nil } ?? 0
        offer.gpuModel = text("gpuModel")
        (offer.vram, offer.memory, offer.disk) = (bytes("vram"), bytes("memory"), bytes("disk"))
        offer.cpus = number("cpus").flatMap { (0...100_000).contains($0) ? $0 : nil }
        offer.region = text("region")
        offer.country = text("country")
        offer.spot = values["spot"]?.boolValue ?? false
        offer.availability = availability(values["availability"])
        offer.reliability = number("reliability").flatMap { (0...1).contains($0) ? $0 : nil }
        offer.expires = number("expires").flatMap { abs($0) < 0x1p53 ? Int64($0) : nil }
        var kept = JSONObject()
        for (name, expression) in keep.sorted(by: { $0.key < $1.key }) { kept[name] = try expression.value(names) }
        offer.keep = .object(kept)
        return offer
    }

    private func availability(_ value: JSONValue?) -> Offer.Availability {
        guard let word = value?.stringValue else { return .unknown }
        return availabilities[word] ?? Offer.Availability(rawValue: word) ?? .unknown
    }
}
