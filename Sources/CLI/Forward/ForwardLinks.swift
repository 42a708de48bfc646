import CallProtocol
import NIOPosix
import Synchronization

/// Links to the hub for many connections: the hub takes a bounded number of streams on each.
final class ForwardLinks: Sendable {
    /// Of the 256 streams that a hub takes on an operator's link, some are left for questions.
    static let perLink = 240
    /// Of the 64 links that a hub takes from an operator, some are left for other commands.
    static let most = 32

    private let make: @Sendable () throws -> HubConnector
    private let state = Mutex<[(connector: HubConnector, open: Int)]>([])

    init(_ make: @escaping @Sendable () throws -> HubConnector) { self.make = make }

    /// Runs `body` with a link that has room for one more connection.
    /// - Throws: what `body` throws; ``Failure`` where there is no room on any.
    func with(_ body: (HubConnector) async throws -> Void) async throws {
        let connector = try take()
        defer { give(back: connector) }
        try await body(connector)
    }

    private func take() throws -> HubConnector {
        try state.withLock { links in
            if let index = links.firstIndex(where: { $0.open < Self.perLink }) {
                links[index].open += 1
                return links[index].connector
            }
            guard links.count < Self.most else {
                throw Failure(.resourceExhausted, "there are \(Self.most * Self.perLink) connections already")
            }
            let connector = try make()
            links.append((connector, 1))
            return connector
        }
    }

    private func give(back connector: HubConnector) {
        state.withLock { links in
            if let index = links.firstIndex(where: { $0.connector === connector }) { links[index].open -= 1 }
        }
    }

    func close() async {
        for link in state.withLock({ $0 }) { await link.connector.close() }
    }
}
