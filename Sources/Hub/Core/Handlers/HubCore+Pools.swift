import CallProtocol
import Formats
import Market
import Operations
import Store

/// Machines that are kept ready.
extension HubCore {
    var poolEntries: [OperationEntry] {
        [
            PoolOperations.list.handled { _, _ in
                var views: [PoolView] = []
                for (pool, _) in try await self.pools() { views.append(try await self.view(pool)) }
                return PoolList(pools: views)
            },
            PoolOperations.set.handled { input, context in
                if let provider = input.wish.provider, self.rentals.source?.market(provider) == nil {
                    throw CallError(
                        .notFound, "no machines are rented from `\(provider)`; capstan provider list shows them")
                }
                guard !self.configuration.advertised.isEmpty else { throw CallError.notAdvertised }
                let record = PoolRecord(
                    name: input.name, document: try JSONCoding.encode(input).description,
                    setBy: context.caller.peer, setAt: self.clock.now())
                try await self.store.write { try $0.setPool(record) }
                self.rentals.signal.fire()
                return try await self.view(input)
            },
            PoolOperations.remove.handled { input, _ in
                guard try await self.store.write({ try $0.removePool(input.name) }) else {
                    throw CallError(.notFound, "there is no pool `\(input.name)`; capstan pool list shows them")
                }
                self.rentals.signal.fire()
                return Empty()
            },
        ]
    }

    private func view(_ pool: PoolInput) async throws -> PoolView {
        let stock = try await stock(of: pool, try await pooledRows())
        return PoolView(
            pool, ready: stock.free.count - stock.coming, coming: stock.coming, busy: stock.busy,
            reason: rentals.answer(forPool: pool.name))
    }
}
