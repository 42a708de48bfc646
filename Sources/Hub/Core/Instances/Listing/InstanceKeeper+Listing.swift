import Formats
import Logging
import Market
import Store
import Synchronization

/// What the provider says is there, and what of that is whose.
extension InstanceKeeper {
    /// Whether the provider is to be asked now: from time to time, and sooner while something waits for it.
    func isListingDue(_ rows: [RentedRow], at now: Int64) -> Bool {
        let (belief, isWanted) = state.withLock { ($0.belief, $0.isListingWanted) }
        guard let asked = belief.askedAt else { return true }
        if isWanted { return true }
        let isAwaited = rows.contains { row in
            switch row.instance.state {
            case .booting: row.instance.startedAt == nil
            case .creating: row.instance.answeredAt != nil
            case .terminating: row.instance.endAnsweredAt.map { $0 >= asked } ?? false
            default: false
            }
        }
        // A clock that was set back must not keep it from being asked.
        let pause = isAwaited ? core.configuration.rentListingMs / 6 : core.configuration.rentListingMs
        return now - asked >= pause || now < asked
    }

    func list() async {
        let begunAt = core.clock.now()
        let isConfirmed = state.withLock { state in
            defer { (state.isListingWanted, state.isEmptyConfirmed) = (false, false) }
            return state.isEmptyConfirmed
        }
        guard let market else {
            return doubt("\(provider) is not there, or cannot be read: import it again", at: begunAt)
        }
        let (found, account): ([RentedInstance], String?)
        do {
            account = try await market.account()
            found = try await market.instances()
        } catch { return doubt(market.words(error), at: begunAt) }
        do {
            let rows = try await core.store.read { try $0.openInstances(self.provider) }
            if let words = try await strangeness(of: account, found, rows, isConfirmed: isConfirmed) {
                return doubt(words, at: begunAt, isEmpty: true)
            }
            let (expected, ended) = Self.expected(rows, at: begunAt, core.configuration.rentTimes.visibility)
            let missing = state.withLock { $0.belief.missing(in: found, expected: expected, ended: ended) }
            let areGone = await areGone(missing, market)
            // What was asked may have been asked of another account than the one before.
            guard try await market.account() == account else {
                return doubt("its key was changed while it was listed", at: begunAt)
            }
            let (was, belief) = state.withLock { state in
                let was = state.belief.doubt
                state.belief.take(
                    found, begunAt: begunAt, expected: expected, ended: ended, isConfirmed: isConfirmed || areGone)
                return (was, state.belief)
            }
            tell(from: was, to: belief.doubt)
            if belief.doubt == nil { try await attend(to: found, of: market, rows, at: begunAt) }
        } catch {
            core.logger.error("listing not worked through", metadata: meta(error))
            // Without it the provider would be asked again at once, without end.
            doubt("what it lists could not be worked through: \(error)", at: begunAt)
        }
    }

    /// What should be in a listing, and what this hub has ended. A row that cannot be read counts too.
    private static func expected(
        _ rows: [InstanceRecord], at begun: Int64, _ visibility: Int64
    ) -> (expected: Set<String>, ended: Set<String>) {
        var (expected, ended): (Set<String>, Set<String>) = ([], [])
        for record in rows {
            guard let id = record.providerId else { continue }
            let instance = try? RentedRow(record).instance
            if instance?.endAskedAt != nil { ended.insert(id) }
            let isSettled = (instance?.time(.booting) ?? record.createdAt) + visibility <= begun
            let isEnding = [Instance.State.terminating, .terminated].contains { $0.rawValue == record.state }
            if isSettled, !isEnding { expected.insert(id) }
        }
        return (expected, ended)
    }

    /// Whether the provider says of each that it is not there, asked for it alone: another witness than the listing.
    private func areGone(_ missing: Set<String>, _ market: any Market) async -> Bool {
        guard !missing.isEmpty, missing.count <= Self.mostAskedFor else { return false }
        do {
            for id in missing {
                if let found = try await market.instance(id, name: ""), found.status != .terminated { return false }
            }
            return true
        } catch { return false }
    }

    private static let mostAskedFor = 20

    /// - Parameter isEmpty: whether somebody may say that it is so.
    private func doubt(_ words: String, at now: Int64, isEmpty: Bool = false) {
        let (was, belief) = state.withLock { state in
            let was = state.belief.doubt
            state.belief.refuse(words, at: now, isEmpty: isEmpty)
            return (was, state.belief)
        }
        tell(from: was, to: belief.doubt)
    }

    /// When it cannot be listed any more, and when it can again.
    private func tell(from was: ListingBelief.Doubt?, to now: ListingBelief.Doubt?) {
        guard (was == nil) != (now == nil) else { return }
        let words = now.map {
            "nothing is rented at \(provider), and nothing concluded, until it can be listed: \($0.words)"
        }
        core.trail.tell(
            EventDraft(
                at: core.clock.now(), kind: now == nil ? "provider.listed-again" : "provider.not-listed",
                severity: now == nil ? .info : .warning, subject: provider,
                message: words ?? "\(provider) can be listed again"))
    }

    /// Ends what bears this hub's names and should not be there.
    private func attend(
        to found: [RentedInstance], of market: any Market, _ rows: [InstanceRecord], at begun: Int64
    ) async throws {
        let names = try await core.rentals.names(in: core.store)
        var seen: Set<String> = []
        for instance in found where names.isOwn(instance.name) && !instance.status.isEnding {
            guard let name = instance.name, !rows.contains(where: { $0.owns(instance) }) else { continue }
            // The same account under another name here: there it is kept.
            if try await isKeptElsewhere(name) { continue }
            if let row = try await closedRow(name, instance.id) {
                let sight = InstanceSight(
                    now: core.clock.now(), listing: .init(begunAt: begun, instances: found), isFrozen: false)
                if case .change(let again) = InstanceMachine().next(row.instance, sight) {
                    _ = try await core.write(again, over: row)
                    continue
                }
            }
            seen.insert(instance.id)
            let first = state.withLock { state in
                let first = state.orphans[instance.id] ?? begun
                state.orphans[instance.id] = first
                return first
            }
            guard begun - first >= core.configuration.rentOrphanMs else { continue }
            try await adopt(instance, market, since: first)
        }
        state.withLock { state in state.orphans = state.orphans.filter { seen.contains($0.key) } }
    }

    /// Whether it was rented by way of another provider's name, and has not ended.
    private func isKeptElsewhere(_ name: String) async throws -> Bool {
        guard let row = try await core.store.read({ try $0.instance(named: name) }) else { return false }
        return row.isOpen && row.provider != provider
    }

    /// The row of what has ended already, of that name or id.
    private func closedRow(_ name: String, _ id: String) async throws -> RentedRow? {
        let found = try await core.store.read { transaction in
            try transaction.instance(at: self.provider, id) ?? transaction.instance(named: name)
        }
        return try found.flatMap { $0.isOpen ? nil : try RentedRow($0) }
    }

    /// Writes an orphan down, so that it is ended as surely as what was wished for.
    private func adopt(_ found: RentedInstance, _ market: any Market, since: Int64) async throws {
        let (id, now) = (core.ids.next(at: core.clock.now()), core.clock.now())
        let row = try RentedRow(
            orphan: found, at: market, name: "\(found.name ?? "") \(found.id)", id: id, since: since)
        try await core.store.write { transaction in
            guard try transaction.instance(named: row.record.name) == nil else { return }
            try transaction.insertInstance(row.record)
            _ = try transaction.append(.changed(row, at: now))
        }
        core.told()
    }
}

extension RentedInstance.Status {
    fileprivate var isEnding: Bool { self == .terminated || self == .terminating }
}

extension InstanceRecord {
    /// Whether it is what a listing shows: by its id, or by its name while it has none.
    func owns(_ found: RentedInstance) -> Bool {
        guard let providerId else { return found.name == name }
        return found.id == providerId
    }
}
