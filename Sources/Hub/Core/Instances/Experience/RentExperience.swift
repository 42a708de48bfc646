import Market

/// What machines that were rented before tell of offers: what kinds of them turned out to have, which hosts failed, and how
/// long they took to come. Reckoned from their rows alone.
struct RentExperience: Sendable {
    /// How often something has gone wrong with a host, one time after the other, until it did not.
    private struct Failures: Sendable {
        /// How long the first counts, and the longest that one does, in milliseconds; doubled each time.
        let (first, longest): (Int64, Int64)
        private(set) var count = 0
        /// Milliseconds since 1970.
        private var last: Int64 = 0

        init(first: Int64, longest: Int64) { (self.first, self.longest) = (first, longest) }

        /// What lies longer ago than one may count does not make the next one worse.
        mutating func add(at now: Int64) {
            if now > last + longest { count = 0 }
            (count, last) = (count + 1, max(last, now))
        }

        /// Whether they count at a time; one that was written before the clock was set back does not.
        func holds(at now: Int64) -> Bool {
            last <= now && now < last + min(first << Int64(min(max(count - 1, 0), 10)), longest)
        }
    }

    /// How many rows are looked at, the newest ones.
    static let rows = 200

    private var shapes: [String: MachineShape] = [:]
    private var failures: [String: Failures] = [:]
    private var refusals: [String: Failures] = [:]
    /// How long the last ones took, in milliseconds, by provider and image.
    private var boots: [String: [Int64]] = [:]

    init() {}

    /// Takes in what an instance has come to.
    /// - Parameters:
    ///   - image: the container image that it began with.
    ///   - before: as it was when this was told last; nil where nothing of it was.
    mutating func learn(_ instance: Instance, _ offer: Offer, image: String, after before: Instance?) {
        if let shape = instance.shape, before?.shape != shape {
            shapes[offer.kind] = shapes[offer.kind].map { $0.atLeast(shape) } ?? shape
        }
        if let booting = instance.time(.booting), let enrolled = instance.time(.enrolled), enrolled >= booting,
            before?.time(.enrolled) == nil
        {
            boot(instance.provider, image, took: enrolled - booting)
        }
        if instance.hasWorked, before?.hasWorked != true {
            (failures[offer.hostKey], refusals[offer.hostKey]) = (nil, nil)
        }
        guard let failure = instance.failure, before?.failure == nil else { return }
        let end = instance.unwantedAt ?? 0
        switch failure {
        case .refused:
            refusals[offer.hostKey, default: Failures(first: Self.refusalPause, longest: Self.longestRefusal)]
                .add(at: end)
        // What a provider takes back, as was agreed, says nothing against its host.
        case .lost where instance.isTakenBack: break
        case .absent:
            // It takes longer than that: the limit grows with it.
            if let booting = instance.time(.booting), end > booting {
                boot(instance.provider, image, took: end - booting)
            }
            failed(offer.hostKey, at: end)
        case .lost: failed(offer.hostKey, at: end)
        case .small where instance.shape.map({ $0.isLess(than: offer) }) ?? false: failed(offer.hostKey, at: end)
        // It has what was offered, and more was asked for than the offer said.
        case .small: break
        }
    }

    private mutating func failed(_ host: String, at now: Int64) {
        failures[host, default: Failures(first: Self.failurePause, longest: Self.longestFailure)].add(at: now)
    }

    private mutating func boot(_ provider: String, _ image: String, took time: Int64) {
        let key = Self.bootKey(provider, image)
        boots[key] = (boots[key] ?? []).suffix(Self.counted - 1) + [time]
    }

    // MARK: Hosts

    private static let (refusalPause, longestRefusal): (Int64, Int64) = (120_000, 3_600_000)
    private static let (failurePause, longestFailure): (Int64, Int64) = (1_800_000, 86_400_000)
    /// After so many failures, one after the other, a host is left out for a time.
    static let mostFailures = 3

    /// How an offer is thought of now.
    enum Standing: Int, Sendable, Hashable, Comparable {
        case good
        /// It is taken where there is no other.
        case last
        /// It is left out.
        case out

        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    /// - Parameter now: milliseconds since 1970.
    func standing(of offer: Offer, at now: Int64) -> Standing {
        guard !failures.isEmpty || !refusals.isEmpty else { return .good }
        let host = offer.hostKey
        if let known = failures[host], known.holds(at: now) {
            // Behind an offer of no host in particular are many: the next one may be good.
            return offer.host != nil && known.count >= Self.mostFailures ? .out : .last
        }
        return refusals[host]?.holds(at: now) == true ? .last : .good
    }

    // MARK: Kinds

    /// The same with what its provider does not say of it and others of its kind turned out to have.
    func known(_ offer: Offer) -> Offer {
        guard !shapes.isEmpty, let shape = shapes[offer.kind] else { return offer }
        var known = offer
        known.cpus = offer.cpus ?? Double(shape.cpus)
        if shape.memory > 0 { known.memory = offer.memory ?? shape.memory }
        return known
    }

    /// What an offer has too little of, as far as is known; nil where it is enough.
    func lack(of offer: Offer, for wish: RentWish) -> String? {
        let known = known(offer)
        if let cpus = known.cpus, let wanted = wish.cpus, cpus < wanted { return "processors" }
        if let memory = known.memory, let wanted = wish.memory, memory < wanted { return "memory" }
        return nil
    }

    // MARK: Times

    /// From so many on their times are a rule.
    private static let fewest = 3
    /// So many of the last ones count.
    private static let counted = 20
    private static let shortest: Int64 = 120_000

    /// How long a machine may take until its spoke comes, in milliseconds: three times what the slowest of the last ones took.
    /// - Parameter longest: it is never longer, and is this where too little is known.
    func bootLimit(_ provider: String, image: String, longest: Int64) -> Int64 {
        guard let times = boots[Self.bootKey(provider, image)], times.count >= Self.fewest,
            let slowest = times.max()
        else { return longest }
        return min(max(slowest * 3, Self.shortest), longest)
    }

    private static func bootKey(_ provider: String, _ image: String) -> String { "\(provider)/\(image)" }
}

extension Offer {
    /// What it is one of: those of one kind have as much.
    fileprivate var kind: String { "\(provider)/\(gpus)/\(gpuModel ?? hostKey)" }

    /// What stays when it is offered again.
    var hostKey: String { "\(provider)/\(host ?? id)" }
}

extension MachineShape {
    /// Whether an offer promised more.
    fileprivate func isLess(than offer: Offer) -> Bool {
        // Of the memory that is offered the system keeps a part.
        let memoryIsLess = memory > 0 && memory < (offer.memory ?? 0) / 10 * 8
        return (gpus ?? offer.gpus) < offer.gpus || Double(cpus) < offer.cpus ?? 0 || memoryIsLess
    }

    /// The most of both.
    fileprivate func atLeast(_ other: MachineShape) -> MachineShape {
        MachineShape(
            cpus: max(cpus, other.cpus), memory: max(memory, other.memory), gpus: gpus.map { max($0, other.gpus ?? 0) })
    }
}
