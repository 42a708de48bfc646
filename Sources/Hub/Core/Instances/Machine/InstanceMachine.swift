import Market

/// What to do next about an instance: a pure function of its row and of what is known.
package struct InstanceMachine: Sendable {
    package enum Step: Sendable, Equatable {
        /// Nothing, until something changes or this time comes.
        case wait(until: Int64?, String)
        /// Write this, and look again.
        case change(Instance)
        /// Write this, then ask for it, then write what ``InstanceMachine/answered(_:_:at:)`` makes of the answer.
        case create(Instance)
        /// Ask the provider for this one, then write what ``InstanceMachine/verified(_:_:_:at:)`` makes of the answer.
        case verify
        /// Write this, then ask for its end, then write what ``InstanceMachine/endAnswered(_:_:at:)`` makes of it.
        case terminate(Instance)
    }

    package let times: InstanceTimes

    package init(_ times: InstanceTimes = InstanceTimes()) { self.times = times }

    package func next(_ instance: Instance, _ sight: InstanceSight) -> Step {
        if let clamped = instance.withoutFuture(at: sight.now) { return .change(clamped) }
        return switch instance.state {
        case .intended: intended(instance, sight)
        case .creating: creating(instance, sight)
        case .booting: booting(instance, sight)
        case .enrolled: enrolled(instance, sight)
        case .active: active(instance, sight)
        case .draining: draining(instance, sight)
        case .terminating: terminating(instance, sight)
        case .terminated: terminated(instance, sight)
        }
    }

    private func intended(_ instance: Instance, _ sight: InstanceSight) -> Step {
        if let ending = instance.ending { return .change(instance.ended(ending, at: sight.now)) }
        guard sight.now < (instance.time(.intended) ?? 0) + times.intent else {
            return .change(
                instance.ended(
                    "could not be asked for within \(times.intent / 60_000) min", another: true, at: sight.now))
        }
        guard !sight.isFrozen, let listing = sight.listing, sight.now < listing.begunAt + times.listingAge else {
            return .wait(until: nil, "until \(instance.provider) can be listed: what is there is not known")
        }
        guard sight.now >= instance.notBefore else {
            return .wait(until: instance.notBefore, "until \(instance.provider) may be asked again: \(instance.words)")
        }
        var asked = instance.moved(to: .creating, at: sight.now)
        (asked.askedAt, asked.answeredAt) = (sight.now, nil)
        return .create(asked)
    }

    /// The call is over, or was lost with the process that made it. Only a listing tells what came of it.
    private func creating(_ instance: Instance, _ sight: InstanceSight) -> Step {
        let asked = instance.askedAt ?? sight.now
        if let found = sight.seen(instance, after: asked) {
            return .change(has(instance, found.id, at: sight.now))
        }
        let settled = (instance.answeredAt ?? asked + times.call) + times.visibility
        if let listing = sight.listing, listing.begunAt >= settled {
            let reason = instance.words.isEmpty ? "the answer was lost" : instance.words
            return .change(
                instance.ended(
                    "\(reason); nothing was made, as a listing shows", another: true, as: .refused, at: sight.now))
        }
        return .wait(until: settled, "until a listing shows whether it was made")
    }

    private func booting(_ instance: Instance, _ sight: InstanceSight) -> Step {
        if let ending = instance.ending { return .change(instance.ended(ending, at: sight.now)) }
        if let gone = gone(instance, sight, since: instance.time(.booting) ?? 0) { return gone }
        if let node = sight.node {
            var enrolled = instance.moved(to: .enrolled, at: sight.now)
            (enrolled.node, enrolled.shape) = (node.id, node.shape)
            return .change(enrolled)
        }
        let limit = (instance.time(.booting) ?? 0) + times.boot
        guard sight.now < limit else {
            let words = instance.words.isEmpty ? "" : ": \(instance.words)"
            return .change(
                instance.ended(
                    "its spoke did not come within \(times.boot / 1_000) s\(words)", another: true, as: .absent,
                    at: sight.now))
        }
        if let started = instance.started(sight) { return .change(started) }
        return .wait(until: limit, "until its spoke comes")
    }

    private func enrolled(_ instance: Instance, _ sight: InstanceSight) -> Step {
        if let ending = instance.ending { return .change(instance.ended(ending, at: sight.now)) }
        if let gone = gone(instance, sight, since: instance.time(.booting) ?? 0) { return gone }
        guard let reported = sight.node?.reportedId, reported == instance.providerId else {
            let told = sight.node?.reportedId.map { "says that it is \($0)" } ?? "does not say which instance it is"
            return .change(
                instance.ended("its spoke \(told), and not \(instance.providerId ?? "nothing")", at: sight.now))
        }
        guard sight.now < (instance.time(.enrolled) ?? 0) + times.verification else {
            return .change(instance.ended("\(instance.provider) did not say in time that it is the one", at: sight.now))
        }
        guard sight.now >= instance.notBefore else {
            return .wait(until: instance.notBefore, "to ask the provider again")
        }
        return .verify
    }

    private func active(_ instance: Instance, _ sight: InstanceSight) -> Step {
        if sight.node?.hasWorked == true, !instance.hasWorked {
            var proven = instance
            proven.hasWorked = true
            return .change(proven)
        }
        if let gone = gone(instance, sight, since: instance.time(.booting) ?? 0) { return gone }
        if instance.ending != nil { return .change(instance.moved(to: .draining, at: sight.now)) }
        if sight.node == nil { return .change(instance.ended("its node was removed", at: sight.now)) }
        guard let idle = sight.node?.idleSince else { return .wait(until: nil, "while it works") }
        guard sight.now >= idle + times.idle else {
            return .wait(until: idle + times.idle, "until it has idled long enough")
        }
        var unwanted = instance.moved(to: .draining, at: sight.now)
        (unwanted.ending, unwanted.unwantedAt) = ("had nothing to do for \(times.idle / 60_000) min", sight.now)
        return .change(unwanted)
    }

    private func draining(_ instance: Instance, _ sight: InstanceSight) -> Step {
        if let gone = gone(instance, sight, since: instance.time(.booting) ?? 0) { return gone }
        let limit = (instance.time(.draining) ?? 0) + times.drain
        guard sight.node == nil || sight.node?.idleSince != nil || sight.now >= limit else {
            return .wait(until: limit, "until its work has ended")
        }
        return .change(instance.moved(to: .terminating, at: sight.now))
    }

    /// Asked again and again until a listing that began afterwards does not have it.
    private func terminating(_ instance: Instance, _ sight: InstanceSight) -> Step {
        if let answered = instance.endAnsweredAt, let listing = sight.listing,
            listing.begunAt >= answered, sight.seen(instance, after: answered) == nil
        {
            var ended = instance.moved(to: .terminated, at: sight.now)
            ended.endedAt = listing.begunAt
            return .change(ended)
        }
        let pause = times.endPause << Int64(min(max(instance.endTries - 1, 0), 2))
        if let asked = instance.endAskedAt, sight.now < asked + pause {
            return .wait(until: asked + pause, "until a listing shows that it is gone")
        }
        var asked = instance
        (asked.endAskedAt, asked.endAnsweredAt) = (sight.now, nil)
        asked.endTries += 1
        return .terminate(asked)
    }

    /// What shows up late, or was never gone, is ended again.
    private func terminated(_ instance: Instance, _ sight: InstanceSight) -> Step {
        guard let found = sight.seen(instance, after: instance.time(.terminated) ?? 0), found.status != .terminated
        else {
            return .wait(until: nil, "")
        }
        var again = instance.moved(to: .terminating, at: sight.now)
        (again.providerId, again.endedAt, again.endAskedAt, again.endAnsweredAt) = (found.id, nil, nil, nil)
        (again.endTries, again.ending) = (0, instance.ending ?? "was seen again after its end")
        again.askedAt = instance.askedAt ?? sight.now
        return .change(again)
    }

    /// What a listing says of one that should be there and is not, or does not work any more.
    private func gone(_ instance: Instance, _ sight: InstanceSight, since: Int64) -> Step? {
        guard let listing = sight.listing, listing.begunAt >= since else { return nil }
        if let found = sight.seen(instance, after: since) {
            guard [.failed, .stopped, .terminated].contains(found.status) else { return nil }
            return .change(instance.lost(found, isSpot: sight.isSpot, at: sight.now))
        }
        guard listing.begunAt >= since + times.visibility, sight.node?.isConnected != true else { return nil }
        // Its end is asked for all the same: the listing may be wrong, and a request for nothing costs nothing.
        return .change(instance.lost(nil, isSpot: sight.isSpot, at: sight.now))
    }

    private func has(_ instance: Instance, _ id: String, at now: Int64) -> Instance {
        var made = instance.moved(to: .booting, at: now)
        made.providerId = id
        return made
    }
}

extension InstanceSight {
    /// The instance in a listing that began then or later, by the provider's id and else by its name.
    func seen(_ instance: Instance, after: Int64) -> RentedInstance? {
        guard let listing, listing.begunAt >= after else { return nil }
        if let id = instance.providerId { return listing.instances.first { $0.id == id } }
        return listing.instances.first { $0.name == instance.name && $0.status != .terminated }
    }
}
