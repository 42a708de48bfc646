import Market

/// A rented machine, from the wish for it to its proved end.
///
/// It is written before each step is taken, and each step can be taken again: whatever is lost with the process, the row and
/// the provider's listing say what to do next.
package struct Instance: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable, CaseIterable {
        /// Written down; nothing was asked of the provider.
        case intended
        /// The provider is asked, or was and nobody knows what came of it.
        case creating
        /// The provider has given it an id; its spoke has not come yet.
        case booting
        /// Its spoke has come, and is compared with what the provider says.
        case enrolled
        case active
        /// It takes no more work, and ends what it has.
        case draining
        /// Its end is asked for, until a listing does not have it any more.
        case terminating
        case terminated
    }

    /// What went wrong with an offer, for those who choose among offers later.
    package enum Failure: String, Codable, Sendable, CaseIterable {
        /// The provider would not have it made, or made nothing.
        case refused
        /// Its spoke did not come in time.
        case absent
        /// Its provider lost it, or took it back.
        case lost
        /// It has less than was asked for.
        case small
    }

    /// ULID.
    package let id: String
    /// What the provider knows it by: unique.
    package let name: String
    package let provider: String
    /// For an hour.
    package var price: Double
    package let currency: String
    package var state: State
    /// What the provider calls it.
    package var providerId: String?
    /// The node that its spoke has become.
    package var node: String?
    /// When it came to each state, milliseconds since 1970.
    package var times: [String: Int64]
    /// When the create was begun, and when its answer came; both milliseconds since 1970.
    package var askedAt: Int64?
    package var answeredAt: Int64?
    /// It is not asked for before this.
    package var notBefore: Int64 = 0
    /// Why it is to end; nil while it is wanted.
    package var ending: String?
    /// Since when it is not wanted, milliseconds since 1970.
    package var unwantedAt: Int64?
    /// Whether what was wished for is still wanted, from another offer.
    package var wantsAnother = false
    /// The instance that was rented in its place.
    package var successor: String?
    /// The token by which its spoke enrols.
    package var tokenId: String?
    /// Whether the machine knows its name alone, and not what its provider calls it.
    package var isKnownByName = false
    /// What the provider said last.
    package var words = ""
    /// When its end was asked for last, and when that call was over.
    package var endAskedAt: Int64?
    package var endAnsweredAt: Int64?
    package var endTries = 0
    /// When whatever ends it at last was seen: absence in a listing.
    package var endedAt: Int64?
    /// When its provider was first seen to call it starting or running, milliseconds since 1970.
    package var startedAt: Int64?
    /// When its container's first line ran, milliseconds since 1970 by the hub's clock.
    package var beganAt: Int64?
    /// Whether its provider took a spot machine back that was at work.
    package var isTakenBack = false
    /// Why its offer came to nothing; nil where it did not, or where somebody ended it.
    package var failure: Failure?
    /// What its node has turned out to have.
    package var shape: MachineShape?
    /// Whether a program ran on it to its end.
    package var hasWorked = false

    package init(id: String, name: String, provider: String, price: Double, currency: String, at now: Int64) {
        (self.id, self.name, self.provider) = (id, name, provider)
        (self.price, self.currency, state) = (price, currency, .intended)
        times = [State.intended.rawValue: now]
    }

    /// What its spoke must say that it is.
    var identity: String? { isKnownByName ? name : providerId }

    /// When it came to a state; nil where it has not been there.
    package func time(_ state: State) -> Int64? { times[state.rawValue] }

    /// Whether it has not done any work yet.
    var isYoung: Bool { [.booting, .enrolled].contains(state) }

    /// The same in another state, from now on.
    func moved(to next: State, at now: Int64) -> Instance {
        var moved = self
        moved.state = next
        moved.times[next.rawValue] = now
        return moved
    }

    /// The same on its way out, unless it is there already.
    /// - Parameters:
    ///   - another: whether another offer may do, where nobody has wished for its end.
    ///   - failure: what that says of its offer, likewise.
    func ended(
        _ reason: String, another: Bool = false, as failure: Failure? = nil, at now: Int64
    ) -> Instance {
        var ended = self
        ended.wantsAnother = another && ending == nil
        if ending == nil { ended.failure = failure }
        (ended.ending, ended.unwantedAt) = (ending ?? reason, unwantedAt ?? now)
        return ended.moved(to: providerId == nil ? .terminated : .terminating, at: now)
    }

    /// The same, with somebody's wish for its end.
    /// - Parameter force: its work is not waited for.
    func released(_ reason: String, force: Bool, at now: Int64) -> Instance {
        var released = self
        released.wantsAnother = false
        (released.ending, released.unwantedAt) = (ending ?? reason, unwantedAt ?? now)
        switch state {
        case .intended, .booting, .enrolled: return released.ended(reason, at: now)
        case .active, .draining: return force ? released.ended(reason, at: now) : released
        // Whether it was made is not known yet: it ends as soon as it is.
        case .creating, .terminating, .terminated: return released
        }
    }
}

/// What an older release has stored is read by a newer one: whatever that added is as it is for a fresh instance.
extension Instance {
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decode(String.self, forKey: .id)
        name = try values.decode(String.self, forKey: .name)
        provider = try values.decode(String.self, forKey: .provider)
        price = try values.decode(Double.self, forKey: .price)
        currency = try values.decode(String.self, forKey: .currency)
        state = try values.decode(State.self, forKey: .state)
        times = try values.decodeIfPresent([String: Int64].self, forKey: .times) ?? [:]
        providerId = try values.decodeIfPresent(String.self, forKey: .providerId)
        node = try values.decodeIfPresent(String.self, forKey: .node)
        askedAt = try values.decodeIfPresent(Int64.self, forKey: .askedAt)
        answeredAt = try values.decodeIfPresent(Int64.self, forKey: .answeredAt)
        notBefore = try values.decodeIfPresent(Int64.self, forKey: .notBefore) ?? 0
        ending = try values.decodeIfPresent(String.self, forKey: .ending)
        unwantedAt = try values.decodeIfPresent(Int64.self, forKey: .unwantedAt)
        wantsAnother = try values.decodeIfPresent(Bool.self, forKey: .wantsAnother) ?? false
        successor = try values.decodeIfPresent(String.self, forKey: .successor)
        tokenId = try values.decodeIfPresent(String.self, forKey: .tokenId)
        isKnownByName = try values.decodeIfPresent(Bool.self, forKey: .isKnownByName) ?? false
        words = try values.decodeIfPresent(String.self, forKey: .words) ?? ""
        endAskedAt = try values.decodeIfPresent(Int64.self, forKey: .endAskedAt)
        endAnsweredAt = try values.decodeIfPresent(Int64.self, forKey: .endAnsweredAt)
        endTries = try values.decodeIfPresent(Int.self, forKey: .endTries) ?? 0
        endedAt = try values.decodeIfPresent(Int64.self, forKey: .endedAt)
        startedAt = try values.decodeIfPresent(Int64.self, forKey: .startedAt)
        beganAt = try values.decodeIfPresent(Int64.self, forKey: .beganAt)
        isTakenBack = try values.decodeIfPresent(Bool.self, forKey: .isTakenBack) ?? false
        // A newer release may know of more.
        failure = try values.decodeIfPresent(String.self, forKey: .failure).flatMap(Failure.init)
        shape = try values.decodeIfPresent(MachineShape.self, forKey: .shape)
        hasWorked = try values.decodeIfPresent(Bool.self, forKey: .hasWorked) ?? false
    }
}
