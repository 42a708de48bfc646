import Crypto
import Market
import Operations

/// What may be rented for a workload: what it asks for, and the terms.
struct WorkloadRent: Sendable, Hashable {
    var wish: RentWish
    var provider: String?
    /// What the machine begins with; nil for what is usual.
    var image: String?
    var idle: Int64?
    /// What its machines may cost altogether.
    var maxCost: Double?
    /// What the labels of its node must meet.
    var selector: LabelSelector

    /// Nil for a workload for which nothing may be rented.
    init?(_ spec: WorkloadSpec) {
        guard let terms = spec.rent else { return nil }
        var input = OfferWish()
        (input.gpus, input.gpuModel, input.vram) = (spec.gpus, spec.gpuModel, terms.vram)
        (input.cpus, input.memory, input.disk) = (spec.cpus, spec.memory, terms.disk)
        (input.maxPrice, input.region, input.spot) = (terms.maxPrice, terms.region, terms.spot)
        wish = RentWish(input)
        (provider, image, idle, maxCost) = (terms.provider, spec.image, terms.idleMs, terms.maxCost)
        selector = (try? LabelSelector(parsing: spec.labels ?? [])) ?? .everything
    }

    /// What offers are asked for.
    var asked: OfferBook.Key { OfferBook.Key(wish: wish, provider: provider) }

    /// The labels that its node is given, so that it is one of those that are asked for.
    var labels: [String: String] {
        selector.requirements.reduce(into: [:]) { labels, requirement in
            if case .equals(let key, let value) = requirement { labels[key] = value }
        }
    }

    /// What is asked of a node's labels that a rented one would not have; nil where it would have all.
    func lacks(at provider: String) -> String? {
        let own = Bootstrap.labels(provider: provider, id: "any", image: image ?? Bootstrap.usualImage)
        let labels = labels.merging(own) { _, own in own }
        return selector.requirements.first { !$0.matches(labels) }?.text
    }

    /// A label's value that stands for an image.
    static func mark(of image: String) -> String {
        SHA256.hash(data: Array(image.utf8)).prefix(8).map { String(($0 & 15), radix: 16) + String($0 >> 4, radix: 16) }
            .joined()
    }

    /// The label of machines that began with its image; nil where any will do.
    var imageMark: String? { image.map(Self.mark) }
}

/// A waiting workload for which a machine may be rented.
struct RentDemand: Sendable, Hashable {
    var workload: String
    /// As it was seen.
    var generation: Int
    /// Whose it is.
    var owner: String
    var rent: WorkloadRent
}
