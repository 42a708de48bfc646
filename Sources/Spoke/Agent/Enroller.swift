package import CallProtocol
package import Link
package import NIOCore
package import Operations

/// Makes a fresh key a peer of the fleet; the same for a spoke and for an operator's machine.
package enum Enroller {
    /// Dials the token's hub, checks its key against the token's pin, and enrols `key` with the token's secret.
    ///
    /// Nothing is stored. The same key with the same token gets the same peer again within the token's life, so that a
    /// caller that stored the key first may repeat this after a loss of the link.
    ///
    /// - Parameters:
    ///   - kind: what the key is to become; the hub refuses a token for anything else, and nothing is spent.
    ///   - name: what the peer wants to be called; left out, the hub chooses.
    ///   - labels: taken once; the token's own win.
    ///   - facts: what the machine is; the hub compares a bound instance with it.
    ///   - containerAgeMs: for how long the container of a rented machine runs.
    ///   - software: name and version of this program, for people.
    ///   - deadlineMs: for the call itself; dialling has its own limits.
    /// - Throws: `CallError`: `UNAVAILABLE` when nothing answered, `UNAUTHENTICATED` for a hub with another key,
    ///   `TOKEN_*`, `INSTANCE_MISMATCH`, `CONFLICT` for a name that is taken, `INVALID_INPUT` for a bad address.
    package static func join(
        token: JoinToken, as kind: TokenCreateInput.Kind, name: String?, labels: [String: String], facts: HostFacts?,
        containerAgeMs: Int64? = nil, key: PeerKey,
        group: any EventLoopGroup, software: String = "capstan", deadlineMs: Int64 = 30_000
    ) async throws(CallError) -> EnrolOutput {
        guard let pin = Fingerprint(text: token.hubFingerprint) else {
            throw CallError(.tokenInvalid, "the token's hub fingerprint cannot be used; ask for a new token")
        }
        var addresses: [HostPort] = []
        for text in token.addresses {
            guard let address = HostPort(text) else { throw DialError.badAddress(text).callError }
            addresses.append(address)
        }
        let hello = Hello(software: software, role: .enrol, instance: Hex.random(16))
        let link: Link
        do throws(DialError) {
            link = try await LinkDialler(key: key, pins: HubPins([pin]), group: group)
                .dial(addresses, hello: hello) { stream, _ in
                    stream.reset(.forbidden, "nothing is served on an enrolment link")
                }
        } catch {
            throw error.callError
        }
        defer { link.dismiss(GoAway(code: .shutdown, reason: "enrolled")) }
        let input = EnrolInput(
            tokenId: token.id, secret: token.secretText, name: name, labels: labels, facts: facts, kind: kind,
            containerAgeMs: containerAgeMs)
        return try await CallClient(link).call(PeerOperations.enrol, input, .init(deadlineMs: deadlineMs))
    }
}
