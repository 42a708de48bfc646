import CallProtocol
import Formats
import Market
import Operations
import Store

/// Rented machines: wished for, shown, given back.
extension HubCore {
    var instanceEntries: [OperationEntry] {
        [
            InstanceOperations.list.handled { input, _ in try await self.listInstances(input) },
            InstanceOperations.show.handled { input, _ in
                try await self.detailedView(try await self.instance(input.instance))
            },
            InstanceOperations.rent.handled { input, context in try await self.rent(input, context) },
            InstanceOperations.release.handled { input, context in
                let (row, now) = (try await self.instance(input.instance), self.clock.now())
                guard row.record.isOpen else {
                    let next = row.instance.successor.map { "; \($0) was rented in its place" } ?? ""
                    throw CallError(.failedPrecondition, "\(row.instance.name) has ended\(next)")
                }
                let changed = try await self.changeInstance(row.instance.id) {
                    $0.released("released by \(context.caller.name)", force: input.force == true, at: now)
                }
                return try await self.detailedView(changed ?? row)
            },
            InstanceOperations.reconcile.handled { input, _ in try await self.reconcile(input) },
        ]
    }

    /// The instance that a person means.
    private func instance(_ text: String) async throws -> RentedRow {
        let found = try await store.read { try $0.instances(meantBy: text) }
        guard let first = found.first else {
            throw CallError(.notFound, "there is no instance `\(text)`; `capstan instance list --all` shows them")
        }
        guard found.count == 1 else {
            throw CallError(
                ambiguous: text, "means several instances",
                candidates: found.map { ($0.id, "\($0.name) at \($0.provider), \($0.state)") },
                isAll: found.count < StoreTransaction.candidateLimit)
        }
        return try RentedRow(first)
    }

    private func rent(_ input: InstanceRentInput, _ context: CallContext) async throws -> InstanceView {
        guard !configuration.advertised.isEmpty else { throw CallError.notAdvertised }
        let renting = Renting(core: self)
        let wish = RentWish(input.wish)
        let offer = try await renting.offer(.init(wish: wish, provider: input.wish.provider), within: 0)
        let request = RentRequest(
            wish: wish, provider: input.wish.provider, image: input.image ?? Bootstrap.usualImage, idle: input.idleMs,
            offer: offer)
        return try await detailedView(
            try await renting.intend(.init(request: request, creator: context.caller.peer)))
    }

    /// Asks for new listings, and waits until they have come.
    private func reconcile(_ input: InstanceReconcileInput) async throws -> InstanceReconciled {
        guard input.confirmEmpty != true || input.provider != nil else {
            throw CallError(.invalidInput, "confirmEmpty goes with a provider: say which account is empty")
        }
        let keepers = rentals.all.filter { input.provider == nil || $0.provider == input.provider }
        if let provider = input.provider, keepers.isEmpty {
            throw CallError(.notFound, "no machines are rented from `\(provider)`; capstan provider list shows them")
        }
        for keeper in keepers { keeper.askForListing(confirmsEmpty: input.confirmEmpty == true) }
        rentals.signal.fire()
        var mark = rentals.signal.mark
        // One whose provider is gone, and everything with it, owes nothing any more.
        while keepers.contains(where: { $0.isListingOwed && rentals.keeper($0.provider) === $0 }) {
            try await rentals.signal.wait(after: mark, atMost: .seconds(5), on: clock)
            mark = rentals.signal.mark
        }
        return InstanceReconciled(accounts: keepers.map(\.account))
    }

    private static let pageLength = 200

    private func listInstances(_ input: InstanceListInput) async throws -> InstanceList {
        let (now, limit) = (clock.now(), input.limit ?? Self.pageLength)
        let (open, page, billed) = try await store.read { transaction in
            (
                try transaction.openInstances(),
                input.all == true ? try transaction.instances(before: input.cursor, limit: limit) : [],
                try transaction.instanceBills(since: now)
            )
        }
        let records = input.all == true ? page : open.reversed()
        let ledger = RentLedger(billed, at: now, hold: configuration.rentHoldMs)
        let names = try await rentals.names(in: store)
        return InstanceList(
            instances: records.map { record in
                (try? RentedRow(record)).map { view($0) } ?? Self.unreadable(record)
            },
            others: rentals.all.flatMap { $0.others(than: open, names) },
            accounts: rentals.all.map(\.account), burn: Self.amounts(ledger.burn),
            worstLeak: Self.amounts(ledger.worstLeak), cursor: page.count == limit ? page.last?.id : nil)
    }

    /// What cannot be read of a row is no reason to hide that it costs.
    private static func unreadable(_ record: InstanceRecord) -> InstanceView {
        var view = InstanceView(
            id: record.id, name: record.name, provider: record.provider, state: record.state, price: record.price,
            currency: record.currency)
        view.providerId = record.providerId
        view.reason = "its row cannot be read by this release of the hub: end it at \(record.provider)"
        return view
    }

    private static func amounts(_ sums: [String: Double]) -> [MoneyView] {
        sums.sorted { $0.key < $1.key }.map { MoneyView(amount: $0.value, currency: $0.key) }
    }
}

extension CallError {
    static let notAdvertised = CallError(
        .failedPrecondition,
        "this hub does not know where machines elsewhere reach it: say it with capstan hub serve --advertise")
}
