import Market

/// What becomes of an instance that its provider does not let work any more.
extension Instance {
    /// The same on its way out, as its provider's listing has it.
    /// - Parameters:
    ///   - found: it in the listing; nil where it is not listed any more.
    ///   - isSpot: whether it was rented for as long as nobody pays more.
    func lost(_ found: RentedInstance?, isSpot: Bool, at now: Int64) -> Instance {
        let status = found.map { "calls it \($0.status.rawValue)" } ?? "does not list it any more"
        guard isSpot, found?.status != .failed, time(.active) != nil, ending == nil else {
            let words = found?.message.map { ": \($0)" } ?? ""
            return ended("\(provider) \(status)\(words)", another: isYoung, as: .lost, at: now)
        }
        var taken = ended(
            "taken back by \(provider) (spot): \(found?.message ?? "it \(status)")", as: .lost, at: now)
        taken.isTakenBack = true
        return taken
    }
}
