package import CallProtocol
package import Market

/// A call that lists what is rented out, and what its answer means.
package struct OfferListing: Sendable, Hashable {
    /// A name that stands for each element of a list in turn.
    private struct Loop: Sendable, Hashable {
        var name: String
        var list: Expression
    }

    /// Offers of one answer, at most.
    static let most = 100_000

    package let call: MappedCall
    /// As many as one answer has at most; nil where it has all.
    private let limit: Int?
    /// Whether it is asked at all for a wish.
    private let suits: Expression?
    private let loops: [Loop]
    private let condition: Expression?
    private let fields: OfferFields

    init(_ mapping: inout MappingFields) throws(CallError) {
        suits = try mapping.expression("when", names: ["want"])
        call = try MappedCall(&mapping, names: ["want"])
        limit = try mapping.integer("limit", in: 1...Self.most)
        var names: Set<String> = ["answer", "want", "now"]
        var loops: [Loop] = []
        for (name, value) in try mapping.objects("for") {
            let place = "mapping.rent.offers.for.\(name)"
            guard let first = name.first, first.isLetter, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
            else { throw MappingFields.wrong(place, "must be a name of letters, digits and _") }
            guard !names.contains(name), ExpressionUnit(rawValue: name) == nil else {
                throw MappingFields.wrong(place, "has a meaning already; take another name")
            }
            loops.append(Loop(name: name, list: try MappingFields.expression(value, at: place, names: names)))
            names.insert(name)
        }
        self.loops = loops
        condition = try mapping.expression("where", names: names)
        fields = try OfferFields(&mapping, names: names)
        try mapping.finish()
    }

    /// What is kept of each offer, by name.
    var keeps: Set<String> { fields.keeps }

    /// Whether its answer can have something for a wish.
    /// - Throws: `PROVIDER_ANSWER` where that is neither true nor false.
    package func suits(_ wish: RentWish) throws(CallError) -> Bool {
        guard let suits else { return true }
        let value = try RentMapping.work("when", call.operation) { () throws(ExpressionError) in
            .bool(try ExpressionEvaluator.truth(suits.value(["want": wish.json]), "when"))
        }
        return value.boolValue == true
    }

    /// The offers of an answer. Those that have no id or no price, or cannot be read, are left out and counted.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: `PROVIDER_ANSWER` where the first list is none, or nothing of it can be read: then nothing is known.
    package func offers(
        _ answer: JSONValue, wish: RentWish, provider: String, currency: String, now: Int64
    ) throws(CallError) -> OfferList {
        var gathering = Gathering(
            names: ["answer": answer, "want": wish.json, "now": .integer(now)],
            blank: Offer(id: "", provider: provider, price: 0, currency: currency))
        do throws(ExpressionError) {
            try gather(loops[...], &gathering)
            if gathering.list.offers.isEmpty, let failure = gathering.failure { throw failure }
        } catch {
            throw CallError(
                RentMapping.unreadable, "the answer of \(call.operation) does not fit the mapping's offers: \(error)",
                retryable: false)
        }
        gathering.list.isPartial = gathering.seen >= limit ?? Self.most
        return gathering.list
    }

    private struct Gathering {
        var names: [String: JSONValue]
        let blank: Offer
        var list = OfferList()
        /// Elements that were looked at.
        var seen = 0
        /// Why the first one was left out that cannot be read.
        var failure: ExpressionError?
    }

    private func gather(_ loops: ArraySlice<Loop>, _ gathering: inout Gathering) throws(ExpressionError) {
        guard gathering.seen < Self.most else { return }
        guard let loop = loops.first else { return take(&gathering) }
        let list = try loop.list.value(gathering.names)
        guard let elements = list.arrayValue else {
            // What has none of it has none to offer; but an answer must have its list.
            if list.isNull, !loop.list.names.contains("answer") { return }
            throw ExpressionError("\(loop.name) goes over a list, not over \(list.kind.phrase)")
        }
        for element in elements {
            gathering.names[loop.name] = element
            try gather(loops.dropFirst(), &gathering)
        }
    }

    private func take(_ gathering: inout Gathering) {
        gathering.seen += 1
        do throws(ExpressionError) {
            if let condition, !(try ExpressionEvaluator.truth(condition.value(gathering.names), "where")) { return }
            if let offer = try fields.offer(gathering.names, gathering.blank) {
                gathering.list.offers.append(offer)
            } else {
                gathering.list.unreadable += 1
            }
        } catch {
            gathering.list.unreadable += 1
            gathering.failure = gathering.failure ?? error
        }
    }
}
