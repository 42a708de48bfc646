/// Why a stream ended before its time: the peer's RESET, ours, or the loss of its link.
package struct StreamFailure: Error, Hashable, Sendable {
    package var code: LinkCode
    package var reason: String

    package init(_ code: LinkCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package static let linkLost = StreamFailure(.unavailable, "the link was lost")
}
