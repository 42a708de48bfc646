import CallProtocol
import Operations

extension HubCommand {
    /// Every item of a list that comes in pages, over one link. The hub makes a page while the one before it is read.
    ///
    /// - Parameter input: asks for the page behind a cursor, the first one for nil.
    func pages<Input, List: Page>(
        _ operation: Operation<Input, List>, _ input: @escaping @Sendable (_ cursor: String?) -> Input
    ) async throws -> [List.Item] {
        let connector = try await connector()
        let deadline = Deadline(in: global.wait)
        var items: [List.Item] = []
        var answer = try await connector.answer(operation, input(nil), until: deadline).scanned()
        while let cursor = try answer.part(PageCursor.self).cursor {
            async let next = connector.answer(operation, input(cursor), until: deadline)
            items += try answer.value().items
            answer = try await next.scanned()
        }
        items += try answer.value().items
        await connector.close()
        return items
    }
}

/// What a page says of the next one.
private struct PageCursor: Decodable {
    var cursor: String?
}
