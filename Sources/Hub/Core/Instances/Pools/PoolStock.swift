import Formats
import Market
import Operations
import Store

/// What a pool has.
struct PoolStock: Sendable {
    /// Those that have nothing to do, and those that are coming; what is there first, the cheapest first.
    var free: [RentedRow] = []
    var coming = 0
    var busy = 0
}

extension HubCore {
    /// - Parameter rows: all that was rented for pools and is open.
    func stock(of pool: PoolInput, _ rows: [RentedRow]) async throws -> PoolStock {
        var (stock, coming) = (PoolStock(), [RentedRow]())
        for row in rows where row.record.pool == pool.name && row.isComing {
            // What it asked for once is no stock of it now.
            guard row.request?.fits(pool) == true else { continue }
            guard row.instance.state == .active else {
                coming.append(row)
                continue
            }
            let keeper = InstanceKeeper(core: self, provider: row.instance.provider)
            if try await keeper.node(of: row)?.idleSince == nil {
                stock.busy += 1
            } else if row.instance.node.flatMap({ directory[$0] })?.drain == PeerRecord.Drain.none {
                // A drained node takes no work.
                stock.free.append(row)
            }
        }
        stock.free.sort { ($0.instance.price, $0.instance.id) < ($1.instance.price, $1.instance.id) }
        stock.free += coming
        stock.coming = coming.count
        return stock
    }

    /// All that was rented for pools and is open, as far as it can be read.
    func pooledRows() async throws -> [RentedRow] {
        try await store.read { try $0.pooledInstances() }.compactMap { try? RentedRow($0) }
    }
}

extension RentRequest {
    /// Whether it is what a pool asks for now.
    fileprivate func fits(_ pool: PoolInput) -> Bool {
        wish == RentWish(pool.wish) && provider == pool.wish.provider && image == pool.image ?? Bootstrap.usualImage
    }
}
