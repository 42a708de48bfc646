package import CallProtocol
package import NIOCore
import NIOPosix
import Synchronization

/// Makes one link to a hub. One-shot: whoever wants to stay connected dials again, with ``DialBackoff``, best by the same
/// dialler: it keeps the certificate that it has made.
package struct LinkDialler: Sendable {
    package let key: PeerKey
    package var pins: HubPins
    package var settings: LinkSettings
    package var connectTimeout: TimeAmount = .seconds(10)
    private let group: any EventLoopGroup
    private let budget: WindowBudget
    private let madeTLS = MadeTLS()

    /// What the first dial has made of the key.
    private final class MadeTLS: Sendable {
        private let tls = Mutex<LinkTLS?>(nil)

        func callAsFunction(_ key: PeerKey) throws -> LinkTLS {
            try tls.withLock { tls in
                let made = try tls ?? LinkTLS(key: key, side: .dialler)
                tls = made
                return made
            }
        }
    }

    package init(
        key: PeerKey, pins: HubPins, group: any EventLoopGroup, settings: LinkSettings = LinkSettings(),
        budget: WindowBudget = WindowBudget()
    ) {
        self.key = key
        self.pins = pins
        self.group = group
        self.settings = settings
        self.budget = budget
    }

    /// Tries the addresses in turn; returns when the hub's key was checked and our HELLO is on its way.
    ///
    /// Whether the hub accepts it shows in ``Link/isAccepted``; streams may be opened at once.
    ///
    /// An address that nothing answers at, or that shows another key, does not keep the next one from being tried.
    ///
    /// - Parameter accept: gets the streams that the hub opens, on the event loop.
    /// - Throws: ``DialError``. A cancelled task gives up at once.
    package func dial(
        _ addresses: [HostPort], hello: Hello, accept: @escaping @Sendable (LinkStream, Link) -> Void
    ) async throws(DialError) -> Link {
        var failures: [String] = []
        var wrongKey: DialError?
        for address in addresses {
            do {
                return try await dial(address, hello: hello, accept: accept)
            } catch DialError.ended(.lost(let reason)) {
                failures.append("\(address): \(reason)")
            } catch let error as DialError {
                guard case .wrongHubKey = error else { throw error }
                wrongKey = wrongKey ?? error
            } catch {
                failures.append("\(address): \(NetworkReason.text(error))")
            }
            if Task.isCancelled { throw .ended(.aborted) }
        }
        if let wrongKey { throw wrongKey }
        throw .unreachable(failures.isEmpty ? ["no address is known"] : failures)
    }

    private func dial(
        _ address: HostPort, hello: Hello, accept: @escaping @Sendable (LinkStream, Link) -> Void
    ) async throws -> Link {
        let loop = group.next()
        let made = loop.makePromise(of: Link.self)
        // What is waited for: a dial that is given up does not wait for the system to give up too.
        let ready = loop.makePromise(of: Link.self)
        let tls = try madeTLS(key)
        let (settings, budget, pins) = (settings, budget, pins)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(connectTimeout)
            .linkOptions()
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let delegate = DialDelegate(pins: pins, address: "\(address)", ready: made, accept: accept)
                    let handler = LinkHandler(
                        side: .dialler, hello: hello, settings: settings, delegate: delegate, budget: budget)
                    try channel.pipeline.syncOperations.addHandlers(tls.handler(side: .dialler), handler)
                }
            }
        let connecting = Self.connect(bootstrap, to: address)
        connecting.whenComplete { result in
            switch result {
            case .success: made.futureResult.cascade(to: ready)
            case .failure(let error):
                // What the handler says of a channel that never was is less than what the system said.
                made.fail(error)
                ready.fail(error)
            }
        }
        return try await withTaskCancellationHandler {
            try await ready.futureResult.get()
        } onCancel: {
            ready.fail(DialError.ended(.aborted))
            connecting.whenSuccess { $0.close(promise: nil) }
        }
    }
}

extension LinkDialler {
    /// A numeric address is dialled as it stands; a name is looked up, and what it stands for is tried side by side.
    private static func connect(_ bootstrap: ClientBootstrap, to address: HostPort) -> EventLoopFuture<any Channel> {
        if let numeric = try? SocketAddress(ipAddress: address.host, port: address.port) {
            bootstrap.connect(to: numeric)
        } else {
            bootstrap.connect(host: address.host, port: address.port)
        }
    }
}

/// Checks the hub's key before anything of ours is said, and hands on what the hub opens.
private final class DialDelegate: LinkDelegate {
    private let pins: HubPins
    private let address: String
    private let ready: EventLoopPromise<Link>
    private let accept: @Sendable (LinkStream, Link) -> Void
    private var wrongKey: Fingerprint?

    init(
        pins: HubPins, address: String, ready: EventLoopPromise<Link>,
        accept: @escaping @Sendable (LinkStream, Link) -> Void
    ) {
        self.pins = pins
        self.address = address
        self.ready = ready
        self.accept = accept
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? {
        guard hello.role == .hub else { return GoAway(code: .protocolViolation, reason: "not a hub") }
        guard pins.accept(peer, statements: hello.keyStatements ?? []) else {
            wrongKey = peer.fingerprint
            return GoAway(code: .unauthenticated, reason: "this hub's key is not the pinned one")
        }
        return nil
    }

    func linkIsReady(_ link: Link) { ready.succeed(link) }

    func linkOpened(_ stream: LinkStream, on link: Link) { accept(stream, link) }

    func linkEnded(_ link: Link?, _ end: LinkEnd) {
        ready.fail(wrongKey.map { DialError.wrongHubKey(found: $0, address: address) } ?? DialError.ended(end))
    }
}
