package import CallProtocol

/// Why a link is over.
package enum LinkEnd: Hashable, Sendable {
    /// The peer said goodbye, with this.
    case farewell(GoAway)
    /// We said goodbye, with this.
    case dismissed(GoAway)
    /// The connection broke or fell silent.
    case lost(String)
    /// We closed it without a word.
    case aborted

    /// What the streams that were still open fail with.
    package var streamFailure: StreamFailure {
        switch self {
        case .farewell(let goAway), .dismissed(let goAway):
            switch goAway.code {
            // The streams did nothing wrong: for their callers the link is lost.
            case .protocolViolation, .flow, .frame, .streamState: StreamFailure(.unavailable, reason)
            default: StreamFailure(goAway.code, goAway.reason)
            }
        case .lost, .aborted: .linkLost
        }
    }

    package var reason: String {
        switch self {
        case .farewell(let goAway): "the peer closed the link (\(goAway.code)): \(goAway.reason)"
        case .dismissed(let goAway): "closed (\(goAway.code)): \(goAway.reason)"
        case .lost(let text): text
        case .aborted: "closed"
        }
    }
}
