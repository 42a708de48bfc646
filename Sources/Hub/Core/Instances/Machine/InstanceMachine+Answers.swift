package import Market

/// What the provider's answers make of an instance.
extension InstanceMachine {
    /// How long after a refusal it is asked for again, in milliseconds.
    private static let backOff: Int64 = 30_000

    /// After ``Step/create(_:)``.
    package func answered(_ instance: Instance, _ outcome: CreateOutcome, at now: Int64) -> Instance {
        var answered = instance
        answered.answeredAt = now
        switch outcome {
        case .created(let id):
            answered = answered.moved(to: .booting, at: now)
            answered.providerId = id
        case .unclear(let words): answered.words = words
        case .refused(.backOff, let words):
            // The time of the wish stays: it is not asked for without end.
            answered.state = .intended
            (answered.words, answered.notBefore) = (words, now + Self.backOff)
        case .refused(let meaning, let words):
            answered.words = words
            answered = answered.ended(
                words, another: meaning == .nextOffer, as: meaning == .nextOffer ? .refused : nil, at: now)
        }
        return answered
    }

    /// After ``Step/verify``: what the provider says of the id that the spoke reports.
    /// - Parameter failure: why nothing could be had, in words.
    package func verified(
        _ instance: Instance, _ found: RentedInstance?, failure: String? = nil, at now: Int64
    ) -> Instance {
        if let failure {
            var waiting = instance
            (waiting.words, waiting.notBefore) = (failure, now + Self.backOff / 2)
            return waiting
        }
        guard let found else {
            return instance.ended("\(instance.provider) does not know it", another: true, as: .lost, at: now)
        }
        guard found.id == instance.providerId, found.name == instance.name else {
            return instance.ended("\(instance.provider) knows it by another name, \(found.name ?? "none")", at: now)
        }
        var active = instance.moved(to: .active, at: now)
        active.words = ""
        // One that costs nothing would count for nothing: then what was offered is nearer the truth.
        if let price = found.price, price.isFinite, price > 0 { active.price = price }
        return active
    }

    /// After ``Step/terminate(_:)``.
    /// - Parameter failure: why the provider did not take it, in its words.
    package func endAnswered(_ instance: Instance, failure: String?, at now: Int64) -> Instance {
        var answered = instance
        if let failure { answered.words = failure } else { answered.endAnsweredAt = now }
        return answered
    }
}
