package import CallProtocol

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
    /// Whether it is asked at all for a wish.
    private let suits: Expression?
    private let loops: [Loop]
    private let condition: Expression?
    private let fields: OfferFields

    init(_ mapping: inout MappingFields) throws(CallError) {
        suits = try mapping.expression("when", names: ["want"])
        call = try MappedCall(&mapping, names: ["want"])
        var names: Set<String> = ["answer", "want", "now"]
        var loops: [Loop] = []
        for (name, value) in try mapping.objects("for") {
            let place = "mapping.rent.offers.for.\(name)"
            guard let first = name.first, first.isLetter, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
            else { throw MappingFields.wrong(place, "must be a name of letters, digits and _") }
            loops.append(Loop(name: name, list: try MappingFields.expression(value, at: place, names: names)))
            names.insert(name)
        }
        self.loops = loops
        condition = try mapping.expression("where", names: names)
        fields = try OfferFields(&mapping, names: names)
        try mapping.finish()
    }

    /// Whether its answer can have something for a wish.
    package func suits(_ wish: RentWish) -> Bool {
        guard let suits else { return true }
        return (try? suits.value(["want": wish.json]))?.boolValue == true
    }

    /// The offers of an answer. Those that have no id or no price are left out.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: `PROVIDER_ANSWER` where the first list is none: then nothing is known.
    package func offers(
        _ answer: JSONValue, wish: RentWish, provider: String, currency: String, now: Int64
    ) throws(CallError) -> [Offer] {
        var offers: [Offer] = []
        var names: [String: JSONValue] = ["answer": answer, "want": wish.json, "now": .integer(now)]
        let blank = Offer(id: "", provider: provider, price: 0, currency: currency)
        do throws(ExpressionError) { try gather(loops[...], &names, blank, &offers) } catch {
            throw CallError(
                RentMapping.unreadable, "the answer of \(call.operation) does not fit the mapping's offers: \(error)",
                retryable: false)
        }
        return offers
    }

    private func gather(
        _ loops: ArraySlice<Loop>, _ names: inout [String: JSONValue], _ blank: Offer, _ offers: inout [Offer]
    ) throws(ExpressionError) {
        guard offers.count < Self.most else { return }
        guard let loop = loops.first else {
            if let condition, try condition.value(names).boolValue != true { return }
            if let offer = try fields.offer(names, blank) { offers.append(offer) }
            return
        }
        let list = try loop.list.value(names)
        guard let elements = list.arrayValue else {
            // What has none of it has none to offer; but an answer must have its list.
            if list.isNull, !loop.list.names.contains("answer") { return }
            throw ExpressionError("\(loop.name) goes over a list, not over \(list.kind.phrase)")
        }
        for element in elements {
            names[loop.name] = element
            try gather(loops.dropFirst(), &names, blank, &offers)
        }
    }
}
