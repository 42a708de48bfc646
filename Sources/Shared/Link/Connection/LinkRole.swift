package import CallProtocol
import NIOCore

/// What the side that uses a link decides; called on the link's event loop only.
package protocol LinkDelegate: AnyObject {
    /// Judges the peer's HELLO by its key. `nil` accepts; a GOAWAY refuses and closes.
    ///
    /// The peer's key is the one of the connection, read after the handshake.
    func linkJudges(_ hello: Hello, from peer: PeerIdentity) -> GoAway?
    /// Both HELLOs are accepted (listener), or ours is sent after the listener's was accepted (dialler).
    func linkIsReady(_ link: Link)
    /// The peer opened a stream. The delegate gives it a consumer before it returns, or resets it.
    func linkOpened(_ stream: LinkStream, on link: Link)
    /// The link is over. Comes exactly once, also where it never became ready.
    func linkEnded(_ link: Link?, _ end: LinkEnd)
}

/// Who is at the other end, by what the connection proved.
package struct PeerIdentity: Hashable, Sendable {
    package var fingerprint: Fingerprint
    /// The DER SubjectPublicKeyInfo.
    package var spki: [UInt8]
    /// Where it dialled from or was reached at; for logs and limits.
    package var address: String

    package init(fingerprint: Fingerprint, spki: [UInt8], address: String) {
        self.fingerprint = fingerprint
        self.spki = spki
        self.address = address
    }

    /// Whom limits count what comes from there against.
    package var network: HostAddress { HostAddress(try? SocketAddress(ipAddress: address, port: 0)) }
}
