package import CallProtocol

/// Why no link came of dialling.
package enum DialError: Error, Hashable, Sendable {
    /// Nothing answered at any address; each with the reason, as in `hub.example:7443: Connection refused`.
    case unreachable([String])
    /// The hub's key is neither pinned nor reachable from a pinned one.
    case wrongHubKey(found: Fingerprint, address: String)
    /// The hub, or we, ended the link before it was ready.
    case ended(LinkEnd)
    case badAddress(String)

    /// The same in the terms of a call.
    package var callError: CallError {
        switch self {
        case .unreachable(let tried):
            CallError(
                .unavailable,
                "cannot reach \(tried.joined(separator: ", nor ")); see that the hub runs (capstan hub serve), that this "
                    + "is its address, and that nothing between blocks the port")
        case .wrongHubKey(let found, let address):
            CallError(
                .unauthenticated,
                "the hub at \(address) shows key \(found), which is not the pinned one; "
                    + "if the hub was set up anew or its old key was revoked, join or log in again with a new token")
        case .ended(.farewell(let goAway)), .ended(.dismissed(let goAway)):
            CallError(StreamFailure(goAway.code, goAway.reason))
        case .ended(let end): CallError(.unavailable, end.reason)
        case .badAddress(let text): CallError(.invalidInput, "`\(text)` is not HOST:PORT")
        }
    }
}
