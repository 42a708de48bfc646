import CallProtocol
import Operations

extension HubCommand {
    /// Every item of a list that comes in pages, over one link.
    ///
    /// - Parameter page: asks for the page behind a cursor; returns its items and the next cursor.
    func pages<Item>(
        _ page: (_ connector: HubConnector, _ cursor: String?) async throws -> ([Item], cursor: String?)
    ) async throws -> [Item] {
        let connector = try await connector()
        var (items, cursor): ([Item], String?) = ([], nil)
        repeat {
            let (more, next) = try await page(connector, cursor)
            items += more
            cursor = next
        } while cursor != nil
        await connector.close()
        return items
    }
}
