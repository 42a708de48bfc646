import Market

/// What is believed of a provider's account: its last listing, unless that cannot be.
struct ListingBelief: Sendable, Equatable {
    /// Why nothing is concluded and nothing is made.
    struct Doubt: Sendable, Equatable {
        /// Milliseconds since 1970.
        var since: Int64
        var words: String
        /// Whether it is that nothing is listed that should be: somebody may say that it is so.
        var isEmpty = false
    }

    /// The last one that was believed.
    private(set) var begunAt: Int64?
    private(set) var instances: [RentedInstance] = []
    /// Nil while the last one is believed.
    private(set) var doubt: Doubt?
    /// When the provider was asked last.
    private(set) var askedAt: Int64?

    init() {}

    /// The listing that may be built upon.
    var listing: InstanceSight.Listing? {
        guard doubt == nil, let begunAt else { return nil }
        return InstanceSight.Listing(begunAt: begunAt, instances: instances)
    }

    /// Takes a listing that could be had.
    ///
    /// One that is empty is not believed where something should be in it: what was there before or should be by now, and was
    /// not ended by this hub. A provider whose listing broke looks just like one that has lost everything.
    /// - Parameters:
    ///   - expected: ids that should be there.
    ///   - ended: ids whose end this hub has asked for.
    ///   - isConfirmed: the provider, or somebody, has said of each that it is not there.
    mutating func take(
        _ found: [RentedInstance], begunAt: Int64, expected: Set<String>, ended: Set<String>, isConfirmed: Bool
    ) {
        askedAt = begunAt
        let missing = missing(in: found, expected: expected, ended: ended)
        if !missing.isEmpty, !isConfirmed {
            let count = missing.count == 1 ? "an instance" : "\(missing.count) instances"
            return refuse("it lists nothing, where \(count) should be", at: begunAt, isEmpty: true)
        }
        (instances, self.begunAt, doubt) = (found, begunAt, nil)
    }

    /// What should be in an empty listing, by id; nothing for one that has something.
    func missing(in found: [RentedInstance], expected: Set<String>, ended: Set<String>) -> Set<String> {
        guard found.isEmpty else { return [] }
        let before = Set(instances.lazy.filter { $0.status != .terminated }.map(\.id))
        return before.union(expected).subtracting(ended)
    }

    /// Notes that no listing could be had, or none that can be believed.
    mutating func refuse(_ words: String, at now: Int64, isEmpty: Bool = false) {
        askedAt = max(askedAt ?? now, now)
        doubt = Doubt(since: doubt?.since ?? now, words: words, isEmpty: isEmpty)
    }
}
