import CallProtocol
import Link
import Operations
import Store

/// What the hub decides about one connection: who it is, whether it may, and what its streams get.
final class HubLinkDelegate: LinkDelegate {
    private enum Role {
        case undecided
        case peer(String, PeerRecord.Kind)
        case enrolling
    }

    /// Links one operator may hold.
    static let operatorLinks = 64

    private let core: HubCore
    private var role = Role.undecided
    private var identity: PeerIdentity?
    private var openedStreams = 0

    init(core: HubCore) {
        self.core = core
    }

    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway? {
        identity = peer
        if hello.role == .enrol {
            if let wait = core.enrolmentLimits.wait(peer.network) {
                return GoAway(
                    code: .resourceExhausted, reason: EnrolmentLimits.reason(wait),
                    retryAfterMilliseconds: UInt32(clamping: wait))
            }
            role = .enrolling
            core.enrolments.begin(peer)
            return nil
        }
        guard let known = core.directory.peer(peer.fingerprint, at: core.clock.now()), known.state != .removed else {
            return GoAway(
                code: .unauthenticated,
                reason: "key \(peer.fingerprint) is not known to this hub; join or log in with a new token")
        }
        guard known.isEnabled else { return HubCore.disabled(known) }
        guard hello.role.rawValue == known.kind.rawValue else {
            return GoAway(
                code: .unauthenticated,
                reason:
                    "this key belongs to \(Self.named(known.kind.rawValue)), not to \(Self.named(hello.role.rawValue))")
        }
        role = .peer(known.id, known.kind)
        switch known.kind {
        case .spoke: return judgeSpoke(known, hello)
        case .tunnel: return core.refusal(ofTunnelPeer: known) ?? judgeSpoke(known, hello)
        case .operator_:
            if core.operatorLinks.take(known.id, limit: Self.operatorLinks) { return nil }
            role = .undecided
            return GoAway(code: .tooManyStreams, reason: "an operator may hold \(Self.operatorLinks) links")
        }
    }

    /// `an operator`, `a spoke`.
    private static func named(_ role: String) -> String {
        (role.first.map { "aeiou".contains($0) } == true ? "an " : "a ") + role
    }

    private func judgeSpoke(_ peer: Peer, _ hello: Hello) -> GoAway? {
        switch core.presence.judge(peer.id, hello: hello) {
        case .admit: return nil
        case .stale: return GoAway(code: .superseded, reason: "a newer link of this \(peer.kind.rawValue) stands")
        case .duplicate(let retryAfter, let isNews):
            if isNews { core.tellDuplicate(peer) }
            return GoAway(
                code: .duplicatePeer, reason: "another machine uses the key of \(peer.name)",
                retryAfterMilliseconds: UInt32(clamping: retryAfter))
        }
    }

    func linkIsReady(_ link: Link) {
        guard core.openLinks.insert(link, of: peerID) else {
            return link.dismiss(GoAway(code: .shutdown, reason: "the hub is stopping", retryAfterMilliseconds: 1_000))
        }
        switch role {
        case .peer(let id, _): core.linkReady(link, peer: id)
        case .enrolling, .undecided: break
        }
    }

    /// Whose link it is; nil for one that enrols.
    private var peerID: String? {
        guard case .peer(let id, _) = role else { return nil }
        return id
    }

    func linkOpened(_ stream: LinkStream, on link: Link) {
        openedStreams += 1
        switch role {
        case .undecided: stream.reset(.unauthenticatedCall, "no HELLO was accepted")
        case .enrolling:
            guard openedStreams == 1 else { return stream.reset(.tooManyStreams, "an enrolment has one stream") }
            let peer = link.peer
            core.router.accept(
                stream, caller: { Caller.enrolling(peer) }, limit: AssemblyBudget.beforeAuthentication)
        case .peer(let id, _):
            let (core, key) = (core, link.peer.fingerprint)
            core.router.accept(stream, caller: { core.caller(id, key: key) }, limit: Envelope.maximumLength)
        }
    }

    func linkEnded(_ link: Link?, _ end: LinkEnd) {
        if let link { core.openLinks.remove(link) }
        switch role {
        case .peer(let id, .operator_): core.operatorLinks.give(back: id)
        case .peer(let id, _): core.linkEnded(link, peer: id, end)
        case .enrolling: identity.map(core.enrolments.end)
        case .undecided: break
        }
    }
}

extension Caller {
    static let enrolRole = "enrol"

    /// A key without a peer: its only right is to enrol. The peer's name is its key.
    static func enrolling(_ identity: PeerIdentity) -> Caller {
        Caller(
            peer: identity.fingerprint.text, name: identity.address, role: enrolRole,
            grants: [Grant(scopes: ["peer:enrol"])])
    }
}
