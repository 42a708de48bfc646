package import CallProtocol

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The hub keys a dialler trusts: the pinned ones, and those a chain of statements leads to from a pinned one.
package struct HubPins: Hashable, Sendable {
    package let fingerprints: Set<Fingerprint>

    /// Whether a signature over bytes was made by the key of a SubjectPublicKeyInfo; it is what costs time.
    typealias Verifier = (_ signature: [UInt8], _ bytes: [UInt8], _ spki: [UInt8]) -> Bool

    package init(_ fingerprints: Set<Fingerprint>) {
        self.fingerprints = fingerprints
    }

    /// Whether `peer` is pinned or reachable: in each hop the old key has signed the next SubjectPublicKeyInfo.
    package func accept(_ peer: PeerIdentity, statements: [Hello.KeyStatement]) -> Bool {
        accept(peer, statements: statements, verify: PeerKey.verify)
    }

    /// The same with another way to look at a signature.
    func accept(_ peer: PeerIdentity, statements: [Hello.KeyStatement], verify: Verifier) -> Bool {
        if fingerprints.contains(peer.fingerprint) { return true }
        var trusted = fingerprints
        var open = statements.compactMap(Hop.init)
        // Each signature is looked at once at most: a stranger may send statements that lead nowhere.
        while let place = open.firstIndex(where: { trusted.contains($0.old) }) {
            let hop = open.remove(at: place)
            guard hop.isSigned(verify) else { continue }
            if hop.new == peer.fingerprint { return true }
            trusted.insert(hop.new)
        }
        return false
    }

    /// The pins after meeting `peer`: its key takes the place of those that it follows by the statements. A pin of an
    /// older key would go on to trust whoever has stolen that key.
    ///
    /// - Returns: nil where `peer` is neither pinned nor reachable; `self` where there is nothing to change.
    package func following(_ peer: PeerIdentity, statements: [Hello.KeyStatement]) -> HubPins? {
        if fingerprints == [peer.fingerprint] { return self }
        var trusted = fingerprints
        var signers: [Fingerprint: Set<Fingerprint>] = [:]
        var open = statements.compactMap(Hop.init)
        while let place = open.firstIndex(where: { trusted.contains($0.old) }) {
            let hop = open.remove(at: place)
            guard hop.isSigned(PeerKey.verify) else { continue }
            signers[hop.new, default: []].insert(hop.old)
            trusted.insert(hop.new)
        }
        guard trusted.contains(peer.fingerprint) else { return nil }
        var older: Set<Fingerprint> = []
        var left = [peer.fingerprint]
        while let key = left.popLast() {
            for signer in signers[key] ?? [] where signer != peer.fingerprint && older.insert(signer).inserted {
                left.append(signer)
            }
        }
        return HubPins(fingerprints.subtracting(older).union([peer.fingerprint]))
    }

    /// A statement read.
    private struct Hop {
        let old: Fingerprint
        let new: Fingerprint
        private let oldSpki: [UInt8]
        private let newSpki: [UInt8]
        private let signature: [UInt8]

        init?(_ statement: Hello.KeyStatement) {
            guard
                let old = Data(base64Encoded: statement.oldSpki), let new = Data(base64Encoded: statement.newSpki),
                let signature = Data(base64Encoded: statement.signature)
            else { return nil }
            (oldSpki, newSpki, self.signature) = (Array(old), Array(new), Array(signature))
            self.old = Fingerprint(spki: oldSpki)
            self.new = Fingerprint(spki: newSpki)
        }

        func isSigned(_ verify: Verifier) -> Bool { verify(signature, newSpki, oldSpki) }
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
