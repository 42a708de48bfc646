import CallProtocol
import Link
import NIOCore
import Operations
import Synchronization

/// One link to a hub, with the calls over it.
struct HubConnection: Sendable {
    let link: Link
    let calls: CallClient
    private let life = Life()

    /// Whether the link has ended, to be seen from anywhere.
    private final class Life: Sendable {
        let hasEnded = Atomic<Bool>(false)
    }

    init(_ link: Link) {
        self.link = link
        calls = CallClient(link)
        link.end.whenComplete { [life] _ in life.hasEnded.store(true, ordering: .releasing) }
    }

    /// Dials the context's hub once.
    ///
    /// It returns when the hub's key is checked; whether the hub knows ours shows in the first call.
    static func dial(_ context: HubContext, group: any EventLoopGroup) async throws(CallError) -> HubConnection {
        let hello = Hello(software: Version.software, role: .operator_, instance: Hex.random(16))
        let dialler = LinkDialler(key: context.key, pins: HubPins(Set(context.fingerprints)), group: group)
        do throws(DialError) {
            let link = try await dialler.dial(context.hub, hello: hello) { stream, _ in
                stream.reset(.forbidden, "an operator's link serves nothing")
            }
            return HubConnection(link)
        } catch {
            throw error.callError
        }
    }

    /// The hub keys to trust from now on, where this hub's key follows from a pinned one; nil where nothing changed.
    func newPins(_ context: HubContext) -> [Fingerprint]? {
        if context.fingerprints == [link.peer.fingerprint] { return nil }
        let pins = HubPins(Set(context.fingerprints))
        guard let moved = pins.following(link.peer, statements: link.hello.keyStatements ?? []), moved != pins else {
            return nil
        }
        return [link.peer.fingerprint]
            + context.fingerprints.filter { moved.fingerprints.contains($0) && $0 != link.peer.fingerprint }
    }

    /// Whether the link can still be used.
    var isAlive: Bool { link.farewell == nil && !life.hasEnded.load(ordering: .acquiring) }

    /// Whether an error of a call on this link is a loss, which may be tried again over another link.
    func isLoss(_ error: CallError) -> Bool {
        error.code == .unavailable || (error.code == .aborted && !isAlive)
    }

    /// Says goodbye; returns when it is with the system.
    func close() async {
        link.dismiss(GoAway(code: .shutdown, reason: "done"))
        try? await link.eventLoop.submit {}.get()
    }
}
