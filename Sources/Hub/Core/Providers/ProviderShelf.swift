package import Market
package import Store

/// Where imported APIs are kept, for those who call them.
package struct ProviderShelf: Sendable {
    /// One, as it was imported.
    package struct Kept: Sendable {
        package var name: String
        /// JSON: what it was imported from.
        package var document: String
        package var importedBy: String
        /// Unix milliseconds.
        package var importedAt: Int64

        package init(name: String, document: String, importedBy: String, importedAt: Int64) {
            (self.name, self.document, self.importedBy, self.importedAt) = (name, document, importedBy, importedAt)
        }
    }

    private let store: HubStore

    package init(_ store: HubStore) { self.store = store }

    package func all() async throws -> [Kept] {
        try await store.read { try $0.providers() }.map {
            Kept(name: $0.name, document: $0.document, importedBy: $0.importedBy, importedAt: $0.importedAt)
        }
    }

    /// How many machines are rented from one, or may be.
    package func rented(_ name: String) async throws -> Int {
        try await store.read { try $0.openInstances(name).count }
    }

    /// - Throws: `StoreError.conflict` while something is rented from one.
    package func requireNothingRented(from name: String) async throws {
        try await store.read { try $0.requireNothingRented(from: name) }
    }

    /// Whether a machine was ever rented from one.
    package func hasRented(_ name: String) async throws -> Bool {
        try await store.read { try $0.hasInstances(of: name) }
    }

    /// The names of those that this hub has made, that have not ended, and that it does not keep any more.
    package func own(_ found: [RentedInstance]) async throws -> [String] {
        let named = found.filter { $0.status != .terminated }.compactMap(\.name)
        return try await store.read { transaction in
            guard let names = try transaction.meta(InstanceNames.key).map(InstanceNames.init) else { return [] }
            return try named.filter { name in
                try names.isOwn(name) && transaction.instance(named: name)?.isOpen != true
            }
        }
    }

    /// Keeps one, in the place of one of the same name.
    package func keep(_ kept: Kept) async throws {
        let record = ProviderRecord(
            name: kept.name, document: kept.document, importedBy: kept.importedBy, importedAt: kept.importedAt)
        try await store.write { try $0.keepProvider(record) }
    }

    /// - Returns: false when there was none of that name.
    package func remove(_ name: String) async throws -> Bool {
        try await store.write { try $0.removeProvider(name) }
    }
}
