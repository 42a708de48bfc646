package import Market

extension RentWish {
    /// Cards have a little less memory than they are called by.
    private static let nominal = 0.97

    /// The offers that have all that is wanted. What a provider does not say of one does not count against it.
    package func met(by offers: [Offer]) -> [Offer] {
        // Thousands of offers are of a few models and regions.
        var (models, places): ([String: Bool], [String: Bool]) = ([:], [:])
        let region = region?.lowercased()
        return offers.filter { offer in
            guard hasRoom(offer), maxPrice.map({ offer.price <= $0 }) ?? true else { return false }
            if let gpuModel {
                let model = offer.gpuModel ?? ""
                let isMeant = models[model] ?? Placement.GPUModel.matches(wanted: gpuModel, actual: model)
                models[model] = isMeant
                guard isMeant else { return false }
            }
            guard let region else { return true }
            let place = (offer.region ?? "") + "\n" + (offer.country ?? "")
            let lies = places[place] ?? Self.lies(offer, in: region)
            places[place] = lies
            return lies
        }
    }

    private func hasRoom(_ offer: Offer) -> Bool {
        func atLeast<Amount: Comparable>(_ has: Amount?, _ wanted: Amount?) -> Bool {
            guard let has, let wanted else { return true }
            return has >= wanted
        }
        return offer.gpus >= gpus && (gpus > 0 || offer.gpus == 0) && (spot || !offer.spot)
            && offer.availability != .none && atLeast(offer.vram, vram.map { Int64(Double($0) * Self.nominal) })
            && atLeast(offer.cpus, cpus) && atLeast(offer.memory, memory) && atLeast(offer.disk, disk)
    }

    /// The whole region, its beginning up to a dash, one of its words, or the country.
    private static func lies(_ offer: Offer, in place: String) -> Bool {
        guard let region = offer.region?.lowercased() else { return offer.country?.lowercased() == place }
        return region == place || region.hasPrefix(place + "-") || offer.country?.lowercased() == place
            || region.split { !$0.isLetter && !$0.isNumber }.contains { $0 == place }
    }
}
