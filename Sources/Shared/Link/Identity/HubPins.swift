package import CallProtocol

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The hub keys a dialler trusts: the pinned ones, and those a chain of statements leads to from a pinned one.
package struct HubPins: Hashable, Sendable {
    package let fingerprints: Set<Fingerprint>

    package init(_ fingerprints: Set<Fingerprint>) {
        self.fingerprints = fingerprints
    }

    /// Whether `peer` is pinned or reachable: in each hop the old key has signed the next SubjectPublicKeyInfo.
    package func accept(_ peer: PeerIdentity, statements: [Hello.KeyStatement]) -> Bool {
        if fingerprints.contains(peer.fingerprint) { return true }
        var trusted = fingerprints
        // A chain needs at most one pass for each of its hops.
        for _ in statements {
            for statement in statements {
                guard
                    let old = Data(base64Encoded: statement.oldSpki).map(Array.init),
                    let new = Data(base64Encoded: statement.newSpki).map(Array.init),
                    let signature = Data(base64Encoded: statement.signature).map(Array.init),
                    trusted.contains(Fingerprint(spki: old)),
                    PeerKey.verify(signature, over: new, spki: old)
                else { continue }
                trusted.insert(Fingerprint(spki: new))
            }
            if trusted.contains(peer.fingerprint) { return true }
        }
        return false
    }
}

extension PeerKey {
    /// Says that `successor` comes after this key.
    package func statement(for successor: PeerKey) throws -> Hello.KeyStatement {
        Hello.KeyStatement(
            oldSpki: Data(spki).base64EncodedString(), newSpki: Data(successor.spki).base64EncodedString(),
            signature: Data(try sign(successor.spki)).base64EncodedString())
    }
}
