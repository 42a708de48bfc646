import CallProtocol
import Link
import Logging
import NIOCore
import NIOPosix
import Operations
import Synchronization

@testable import capstan

/// A hub of a few scripted operations on a real port, and the context that leads to it.
struct FakeHub {
    let context: HubContext
    private let links: Links
    /// What was asked for, and on which node by which word, in the order of the calls.
    var asked: [Asked] { links.asked }

    /// One call.
    struct Asked: Hashable, Sendable {
        var operation: String
        var node: NodeSelector?
    }

    /// The links that came, so that a test can break them.
    final class Links: Sendable {
        private let all = Mutex<[Link]>([])
        private let calls = Mutex<[Asked]>([])

        func note(_ request: CallRequest) {
            calls.withLock { $0.append(Asked(operation: request.operation, node: request.node)) }
        }
        var asked: [Asked] { calls.withLock { $0 } }

        func add(_ link: Link) { all.withLock { $0.append(link) } }
        var count: Int { all.withLock { $0.count } }
        func abort() {
            for link in all.withLock({ $0 }) { link.abort() }
        }
    }

    /// Serves `entries` while `body` runs.
    /// - Parameter old: the key that the hub's was rotated from, and the only one that the context knows.
    static func with(
        _ entries: [OperationEntry], refusing refusal: GoAway? = nil, after old: PeerKey? = nil,
        _ body: (FakeHub) async throws -> Void
    ) async throws {
        let key = PeerKey()
        let statements = try old.map { [try $0.statement(for: key)] }
        let links = Links()
        let dispatcher = Dispatcher(registry: try OperationRegistry(entries), logger: Logger(label: "fake"))
        let listener = try await LinkListener.bind(
            HostPort(host: "127.0.0.1", port: 0), key: key, group: MultiThreadedEventLoopGroup.singleton,
            hello: {
                var hello = Hello(software: "fake", role: .hub, instance: Hex.random(16))
                hello.keyStatements = statements
                return hello
            },
            delegate: { FakeDelegate(dispatcher, links, refusal) })
        let context = HubContext(
            name: "fake", hub: [listener.address].compactMap { $0 },
            fingerprints: [(old ?? key).fingerprint], peerId: "p",
            peerName: "test", key: PeerKey())
        do {
            try await body(FakeHub(context: context, links: links))
        } catch {
            links.abort()
            await listener.close()
            throw error
        }
        links.abort()
        await listener.close()
    }

    /// Breaks every link without a word.
    func loseLinks() { links.abort() }

    var linkCount: Int { links.count }
}

private final class FakeDelegate: LinkDelegate {
    private let dispatcher: Dispatcher
    private let links: FakeHub.Links
    private let refusal: GoAway?

    init(_ dispatcher: Dispatcher, _ links: FakeHub.Links, _ refusal: GoAway?) {
        self.dispatcher = dispatcher
        self.links = links
        self.refusal = refusal
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? { refusal }
    func linkIsReady(_ link: Link) { links.add(link) }
    func linkOpened(_ stream: LinkStream, on link: Link) {
        let caller = Caller(peer: "p", name: "test", role: "admin", grants: BuiltInRole.grants("admin") ?? [])
        dispatcher.start(
            AsyncLinkStream(stream),
            caller: { [links] request in
                links.note(request)
                return caller
            })
    }
    func linkEnded(_ link: Link?, _ end: LinkEnd) {}
}
