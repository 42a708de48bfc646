import CallProtocol
import Formats
import FoundationEssentials
package import Link
import NIOCore
import Operations
package import Store

/// A hub's directory: making it once, opening it again.
package struct HubSetup: Sendable {
    /// Why a directory cannot be used.
    package enum Failure: Error, Hashable, Sendable {
        case alreadyInitialised(String)
        case notInitialised(String)
        case unusable(String)
    }

    /// What `hub init` hands over.
    package struct Initialised: Sendable {
        package var fingerprint: Fingerprint
        /// For the first spoke.
        package var token: String
        /// The first operator, whose key is kept in the operator's own context.
        package var operatorID: String
    }

    package let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    package var databasePath: String { directory + "/hub.db" }
    /// Where init makes the database, before it is the hub's.
    package var freshDatabasePath: String { databasePath + ".init" }
    package var keyPath: String { directory + "/hub-key.pem" }
    /// What the values of programs' variables are sealed with; see ``HubConfiguration/secretKey``.
    package var secretKeyPath: String { directory + "/" + Self.secretKeyName }
    static let secretKeyName = "secret-key"

    /// Makes the database at ``freshDatabasePath`` with its first rows: the hub's key, the first operator, the first
    /// spoke token. It is a hub's when it was moved to ``databasePath``, after everything else is on disk.
    ///
    /// - Parameters:
    ///   - key: the hub's.
    ///   - operatorKey: the first operator's.
    package func initialise(
        key: PeerKey, operatorKey: PeerKey, operatorName: String, advertised: [HostPort], now: Int64
    ) async throws -> Initialised {
        let store = try HubStore(path: freshDatabasePath)
        let ids = ULIDGenerator()
        let operatorID = ids.next(at: now)
        let maker = TokenMaker(fingerprint: key.fingerprint, addresses: advertised, ids: ids)
        let (record, created) = try maker.make(TokenCreateInput(), by: operatorID, at: now)
        let addresses = try JSONCoding.encode(advertised.map(\.description)).description
        try await store.write { transaction in
            try transaction.addHubKey(
                HubKeyRecord(fingerprint: key.fingerprint.text, spki: Data(key.spki), addedAt: now))
            try transaction.insertPeer(
                PeerRecord(
                    id: operatorID, kind: .operator_, name: operatorName, role: BuiltInRole.admin, createdAt: now),
                key: PeerKeyRecord(
                    fingerprint: operatorKey.fingerprint.text, peerId: operatorID, spki: Data(operatorKey.spki),
                    addedAt: now))
            try transaction.insertToken(record)
            try transaction.setMeta("advertised", to: addresses)
            _ = try transaction.append(
                EventDraft(at: now, kind: "hub.initialised", actor: operatorID, message: "the hub was initialised"))
        }
        try await store.close()
        return Initialised(fingerprint: key.fingerprint, token: created.token, operatorID: operatorID)
    }

    /// Opens the store and reads what was advertised at init. Only for who holds the hub's lock.
    package func open() async throws -> (store: HubStore, advertised: [HostPort]) {
        try await opened(try HubStore(path: databasePath))
    }

    /// The same beside a hub that may be running. See ``HubStore/init(beside:)``.
    package func openBeside() async throws -> (store: HubStore, advertised: [HostPort]) {
        try await opened(try HubStore(beside: databasePath))
    }

    private func opened(_ store: HubStore) async throws -> (store: HubStore, advertised: [HostPort]) {
        let text = try await store.read { try $0.meta("advertised") } ?? "[]"
        let addresses = try JSONCoding.decode([String].self, from: .init(string: text))
        return (store, addresses.compactMap { HostPort($0) })
    }

    /// Remembers what tokens are to tell spokes to dial.
    package func setAdvertised(_ addresses: [HostPort], in store: HubStore) async throws {
        let text = try JSONCoding.encode(addresses.map(\.description)).description
        try await store.write { try $0.setMeta("advertised", to: text) }
    }
}
