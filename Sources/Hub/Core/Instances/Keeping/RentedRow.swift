import CallProtocol
import Formats
import Market
import NIOCore
import Operations
import Store

/// An instance with its row.
struct RentedRow: Sendable {
    private(set) var record: InstanceRecord
    private(set) var instance: Instance
    /// Nil for one that nobody here has wished for.
    let request: RentRequest?

    /// A wish, before anything is asked for.
    init(_ request: RentRequest, name: String, id: String, by creator: String, at now: Int64) throws {
        let offer = request.offer
        instance = Instance(
            id: id, name: name, provider: offer.provider, price: offer.price, currency: offer.currency, at: now)
        self.request = request
        record = InstanceRecord(
            id: id, name: name, provider: offer.provider, state: "", document: "",
            request: try JSONCoding.encode(request).description, price: offer.price, currency: offer.currency,
            createdBy: creator, createdAt: now)
        (record.workloadId, record.pool) = (request.workload, request.pool)
        try set(instance)
    }

    /// Something that a provider lists under a name of this hub's, and that no row knows: it is to end.
    init(orphan found: RentedInstance, at provider: any Market, name: String, id: String, since: Int64) throws {
        var orphan = Instance(
            id: id, name: name, provider: provider.name, price: found.price.map { $0.isFinite ? max(0, $0) : 0 } ?? 0,
            currency: provider.currency, at: since
        )
        orphan.providerId = found.id
        orphan.askedAt = since
        orphan = orphan.ended("nobody here knows of it: an orphan", at: since)
        instance = orphan
        request = nil
        record = InstanceRecord(
            id: id, name: name, provider: provider.name, state: "", document: "", request: "{}", price: orphan.price,
            currency: orphan.currency, createdBy: "", createdAt: since)
        try set(orphan)
    }

    init(_ record: InstanceRecord) throws {
        self.record = record
        instance = try JSONCoding.decode(Instance.self, from: .init(string: record.document))
        request =
            record.request == "{}"
            ? nil : try JSONCoding.decode(RentRequest.self, from: .init(string: record.request))
    }

    /// Takes what it is now.
    mutating func set(_ instance: Instance) throws {
        self.instance = instance
        record.state = instance.state.rawValue
        record.isOpen = instance.state != .terminated || instance.wantsAnother
        record.document = try JSONCoding.encode(instance).description
        (record.providerId, record.tokenId, record.price) = (instance.providerId, instance.tokenId, instance.price)
        // Until it is known that nothing was made it may cost from the moment it was asked for.
        record.billedFrom = instance.providerId != nil || instance.state == .creating ? instance.askedAt : nil
        record.billedTo = instance.state == .terminated ? instance.endedAt ?? instance.time(.terminated) : nil
    }
}

/// Names by which a hub finds its instances again.
struct InstanceNames: Sendable {
    /// Under what the mark is kept.
    static let key = "instance.mark"
    static let prefix = "capstan-"
    /// Characters of a ULID's time, after which the mark stands.
    private static let timeLength = 10
    static let markLength = 4

    /// Tells this hub's instances from another's in the same account: in the place of a ULID's first random characters.
    let mark: String

    /// - Parameter id: a ULID, whose time and randomness the name has.
    func name(_ id: String) -> String {
        let (time, rest) = (id.prefix(Self.timeLength), id.dropFirst(Self.timeLength + Self.markLength))
        return Self.prefix + (time + mark + rest).lowercased()
    }

    /// Whether this hub has given that name.
    func isOwn(_ name: String?) -> Bool {
        guard let name, name.hasPrefix(Self.prefix) else { return false }
        let id = name.dropFirst(Self.prefix.count)
        return id.count == 26 && id.dropFirst(Self.timeLength).prefix(Self.markLength) == mark.lowercased()
    }
}
