import CallProtocol
import Link
import Logging
import NIOCore
import Operations
import Store

/// Links that come and go.
extension HubCore {
    func linkReady(_ link: Link, peer id: String) {
        guard let peer = directory[id], directory.holds(id, link.peer.fingerprint) else {
            return link.dismiss(Self.removed)
        }
        guard peer.isEnabled else { return link.dismiss(Self.disabled(peer)) }
        if peer.announced?.fingerprint == link.peer.fingerprint {
            keyUses.yield(KeyUse(peer: id, key: link.peer.fingerprint))
        }
        guard peer.kind != .operator_ else { return }
        let arrival = presence.connect(id, link: link, at: clock.now())
        let superseded = GoAway(code: .superseded, reason: "a newer link of this \(peer.kind.rawValue) took over")
        arrival.replaced.dismiss(superseded)
        guard arrival.isAdmitted else { return link.dismiss(superseded) }
        // Approval and removal look for the link after they changed the peer, so the link looks for them after it can
        // be found.
        guard let peer = directory[id] else {
            presence.remove(id)?.dismiss(Self.removed)
            return
        }
        guard peer.isEnabled else { return link.dismiss(Self.disabled(peer)) }
        guard LinkSlot(link.hello) == .control else { return }
        logger.info(
            "\(peer.kind.word) connected",
            metadata: ["node": .string(peer.name), "address": .string(link.peer.address)])
        if peer.kind == .spoke { begin(link, peer) } else { tunnelPeers.insert(id) }
        tunnels.nodeChanged(id)
    }

    private static let removed = GoAway(
        code: .unauthenticated, reason: "this peer was removed, or has another key now")

    /// What a peer is told that was disabled. An operator's key is known, and a new token would be of no use; a spoke
    /// ends, as one does whose key is not welcome.
    static func disabled(_ peer: Peer) -> GoAway {
        GoAway(
            code: peer.kind == .operator_ ? .forbidden : .unauthenticated,
            reason: "\(peer.name) was disabled by an admin of this hub; it comes back with `capstan peer enable`")
    }

    /// Starts to work with an active node over its control link, once: after HELLO, or after approval.
    func begin(_ link: Link, _ peer: Peer) {
        guard peer.state == .active, presence.beginWork(peer.id, link: link) else { return }
        sessions.begin(NodeSession(core: self, node: peer.id, name: peer.name, link: link))
    }

    func linkEnded(_ link: Link?, peer id: String, _ end: LinkEnd) {
        guard let peer = directory[id], let link,
            presence.disconnect(id, link: link, at: clock.now() - link.silence.nanoseconds / 1_000_000)
        else { return }
        tunnels.nodeChanged(id)
        tunnelPeers.remove(id)
        logger.info(
            "\(peer.kind.word) disconnected", metadata: ["node": .string(peer.name), "reason": .string(end.reason)])
    }

    func tellDuplicate(_ peer: Peer) {
        trail.tell(
            EventDraft(
                at: clock.now(), kind: "peer.duplicate", severity: .security, node: peer.id, subject: peer.id,
                message: "two machines use the key of \(peer.name); the one that was connected stays"))
    }
}
