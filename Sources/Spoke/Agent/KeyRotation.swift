import CallProtocol
import FoundationEssentials
package import Link
package import NIOCore
import Operations

/// The steps by which a peer changes its key at the hub: announce the next key over a link with the old one, link with the
/// next one, have that confirmed, throw the old one away.
package enum KeyRotation {
    /// Tells the hub which key follows the one of this link. May be repeated.
    static func announce(_ next: PeerKey, of identity: SpokeIdentity, over link: Link) async throws(CallError) {
        let old = identity.key.fingerprint.text
        let proof = RotateInput.proof(old: old, new: next.fingerprint.text, peer: identity.peerId)
        guard let signature = try? next.sign(proof) else {
            throw CallError(.internalError, "the next key cannot sign")
        }
        let input = RotateInput(
            newSpki: Data(next.spki).base64EncodedString(), signature: Data(signature).base64EncodedString())
        _ = try await CallClient(link).call(PeerOperations.rotate, input)
    }

    /// Returns when the hub has made the key of this link the peer's only one, durably.
    static func confirm(_ link: Link) async throws(CallError) {
        _ = try await CallClient(link).call(PeerOperations.me, Empty())
    }

    /// Whether the hub has said that it does not know the key, rather than not having been reached.
    static func isUnknownKey(_ error: any Error) -> Bool {
        switch error {
        case DialError.ended(.farewell(let goAway)): goAway.code == .unauthenticated
        case let failure as StreamFailure: failure.code == .unauthenticated
        default: false
        }
    }

    /// Whether announcing again cannot end otherwise.
    static func isFinal(_ error: CallError) -> Bool {
        switch error.code {
        case .forbidden, .conflict, .invalidInput, .notFound, .failedPrecondition: true
        default: false
        }
    }
}

extension KeyRotation {
    /// The whole change for a spoke that does not run, over short links. They are of the bulk kind: a control link would
    /// tell the hub that the node is there to work.
    ///
    /// What was begun before is gone on with. When it throws, the next key waits on the disk, for this function or the
    /// spoke's next start, except where the hub has refused it for good.
    /// - Returns: the fingerprint of the key that holds now.
    /// - Throws: `CallError`, and what reading or writing the key files throws.
    package static func run(
        _ keyring: SpokeKeyring, group: any EventLoopGroup, software: String
    ) async throws -> Fingerprint {
        do {
            return try await steps(keyring, group: group, software: software)
        } catch let error as DialError {
            throw error.callError
        } catch let failure as StreamFailure {
            throw CallError(failure)
        }
    }

    private static func steps(
        _ keyring: SpokeKeyring, group: any EventLoopGroup, software: String
    ) async throws -> Fingerprint {
        var links = ShortLinks(keyring: keyring, group: group, software: software)
        let isResumed = try keyring.nextKey() != nil
        let next = try keyring.makeNextKey()
        if isResumed, try await take(next, keyring, &links) { return next.fingerprint }
        let link = try await links.dial(with: keyring.identity.key)
        do throws(CallError) {
            try await announce(next, of: keyring.identity, over: link)
        } catch {
            await links.close(link)
            if isFinal(error) { try keyring.discardNextKey() }
            throw error
        }
        await links.close(link)
        guard try await take(next, keyring, &links) else {
            throw CallError(.unauthenticated, "the hub took the announcement of the new key, and then refused the key")
        }
        return next.fingerprint
    }

    /// Whether the hub knows the next key; if so it is the only one afterwards.
    private static func take(
        _ next: PeerKey, _ keyring: SpokeKeyring, _ links: inout ShortLinks
    ) async throws -> Bool {
        let link: Link
        do {
            link = try await links.dial(with: next)
        } catch {
            guard isUnknownKey(error) else { throw error }
            return false
        }
        do throws(CallError) {
            try await confirm(link)
        } catch {
            await links.close(link)
            throw error
        }
        try keyring.promote(next)
        await links.close(link)
        return true
    }
}

/// Links of a spoke that serves nothing on them.
private struct ShortLinks {
    let keyring: SpokeKeyring
    let group: any EventLoopGroup
    let software: String
    let instance = Hex.random(16)
    var generation: UInt64 = 0

    /// Returns when the hub has accepted the link.
    mutating func dial(with key: PeerKey) async throws -> Link {
        generation += 1
        var hello = Hello(software: software, role: .spoke, instance: instance)
        (hello.link, hello.slot, hello.generation) = (.bulk, 0, generation)
        let identity = keyring.identity
        let link = try await LinkDialler(key: key, pins: HubPins(Set(identity.hubFingerprints)), group: group)
            .dial(identity.addresses, hello: hello) { stream, _ in
                stream.reset(.forbidden, "this link is for changing a key")
            }
        try await link.isAccepted.get()
        try keyring.trust(link)
        return link
    }

    /// Says goodbye; returns when it is with the system.
    func close(_ link: Link) async {
        link.dismiss(GoAway(code: .shutdown, reason: "done"))
        _ = try? await link.end.get()
    }
}
