import GRDB

/// The row of a rented machine.
package struct InstanceRecord: Codable, Sendable, Equatable {
    /// ULID.
    package var id: String
    /// What its provider knows it by.
    package var name: String
    package var provider: String
    /// In the words of the instance machine.
    package var state: String
    /// Whether there is still something to do about it.
    package var isOpen: Bool
    /// JSON: all that the instance machine knows of it.
    package var document: String
    /// JSON: what was wished for.
    package var request: String
    /// What its provider calls it.
    package var providerId: String?
    /// The token by which its spoke enrols.
    package var tokenId: String?
    /// The workload that it was rented for.
    package var workloadId: String?
    /// The pool that it was rented for.
    package var pool: String?
    /// For an hour.
    package var price: Double
    package var currency: String
    /// Unix milliseconds from which it may cost; nil while nothing was asked for, and where nothing was made.
    package var billedFrom: Int64?
    /// Unix milliseconds of its proved end.
    package var billedTo: Int64?
    /// The peer who wished for it.
    package var createdBy: String
    package var createdAt: Int64
    /// Rises with each change.
    package var generation = 0

    package init(
        id: String, name: String, provider: String, state: String, isOpen: Bool = true, document: String,
        request: String, price: Double, currency: String, createdBy: String, createdAt: Int64
    ) {
        (self.id, self.name, self.provider, self.state, self.isOpen) = (id, name, provider, state, isOpen)
        (self.document, self.request, self.price, self.currency) = (document, request, price, currency)
        (self.createdBy, self.createdAt) = (createdBy, createdAt)
    }

    /// What money is reckoned from.
    package var bill: InstanceBill {
        InstanceBill(
            id: id, provider: provider, state: state, price: price, currency: currency, billedFrom: billedFrom,
            billedTo: billedTo)
    }
}

/// What an instance costs, and since when.
package struct InstanceBill: Sendable, Equatable {
    package var id: String
    package var provider: String
    package var state: String
    /// For an hour.
    package var price: Double
    package var currency: String
    /// As in ``InstanceRecord``.
    package var billedFrom: Int64?
    package var billedTo: Int64?

    package init(
        id: String, provider: String, state: String, price: Double, currency: String, billedFrom: Int64?,
        billedTo: Int64?
    ) {
        (self.id, self.provider, self.state, self.price) = (id, provider, state, price)
        (self.currency, self.billedFrom, self.billedTo) = (currency, billedFrom, billedTo)
    }

    /// What it has cost between two times, in its currency.
    /// - Parameters: unix milliseconds.
    package func cost(from start: Int64 = .min, to end: Int64) -> Double {
        guard let billedFrom else { return 0 }
        let (from, to) = (max(billedFrom, start), min(billedTo ?? end, end))
        return to > from ? price * Double(to - from) / 3_600_000 : 0
    }
}

extension InstanceRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "instances"
}
