import Link
import Operations

/// A hub this operator may use, and the key he is known by there.
struct HubContext: Sendable {
    var name: String
    /// Where the hub is, to be tried in turn.
    var hub: [HostPort]
    /// The hub keys to trust.
    var fingerprints: [Fingerprint]
    var peerId: String
    /// What the hub calls this operator.
    var peerName: String
    var key: PeerKey

    init(
        name: String, hub: [HostPort], fingerprints: [Fingerprint], peerId: String, peerName: String, key: PeerKey
    ) {
        self.name = name
        self.hub = hub
        self.fingerprints = fingerprints
        self.peerId = peerId
        self.peerName = peerName
        self.key = key
    }

    /// What becomes of a token and the hub's answer to it.
    init(name: String, key: PeerKey, token: JoinToken, output: EnrolOutput) {
        var seen: Set<Fingerprint> = []
        self.init(
            name: name, hub: token.addresses.compactMap { HostPort($0) },
            fingerprints: (output.hubFingerprints + [token.hubFingerprint]).compactMap { Fingerprint(text: $0) }
                .filter { seen.insert($0).inserted },
            peerId: output.peerId, peerName: output.name, key: key)
    }

    /// Whether a name can be a context's: 1 to 63 letters, digits, `.`, `_` and `-`, not beginning with a point.
    static func isName(_ name: String) -> Bool {
        (1...63).contains(name.utf8.count) && name.first != "."
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }
}
