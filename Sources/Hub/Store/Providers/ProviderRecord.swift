import Database
import GRDB

/// A company's API, as it was imported.
package struct ProviderRecord: Codable, Sendable, Equatable {
    package var name: String
    /// JSON: what it was imported from.
    package var document: String
    /// The peer who imported it.
    package var importedBy: String
    /// Unix milliseconds.
    package var importedAt: Int64

    package init(name: String, document: String, importedBy: String, importedAt: Int64) {
        self.name = name
        self.document = document
        self.importedBy = importedBy
        self.importedAt = importedAt
    }
}

extension ProviderRecord: FetchableRecord, PersistableRecord {
    package static let databaseTableName = "providers"
}

extension StoreTransaction {
    /// All of them, by name.
    package func providers() throws -> [ProviderRecord] {
        try ProviderRecord.fetchAll(db, cached: "SELECT * FROM providers ORDER BY name")
    }

    /// Keeps it, in the place of one of the same name.
    package func keepProvider(_ provider: ProviderRecord) throws { try provider.save(db) }

    /// - Throws: `StoreError.conflict` while something is rented from a provider: without it nobody could end that any more.
    package func requireNothingRented(from name: String) throws {
        let open = try openInstances(name)
        guard open.isEmpty else {
            throw StoreError.conflict(
                "\(open.count == 1 ? "a machine is" : "\(open.count) machines are") rented from \(name): "
                    + "release them first, capstan instance list shows them")
        }
    }

    /// Removes one; false when there was none of that name.
    /// - Throws: what ``requireNothingRented(from:)`` does.
    @discardableResult
    package func removeProvider(_ name: String) throws -> Bool {
        try requireNothingRented(from: name)
        try db.execute(cached: "DELETE FROM providers WHERE name = ?", arguments: [name])
        return changes == 1
    }
}
