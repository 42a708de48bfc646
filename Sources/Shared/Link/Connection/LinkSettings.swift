package import NIOCore

/// The numbers of a link's life.
package struct LinkSettings: Sendable {
    package var pingInterval: TimeAmount = .seconds(10)
    /// Part of the interval by which each PING comes earlier or later.
    package var pingJitter = 0.2
    /// Without a byte for this long the link is lost.
    package var idleLimit: TimeAmount = .seconds(30)
    /// From accept, or connect, to both HELLOs.
    package var handshakeLimit: TimeAmount = .seconds(10)
    /// How long a link that enrols may live: longer than its one call may take.
    package var enrolmentLimit: TimeAmount = .seconds(40)
    /// How long a draining link waits for its streams.
    package var drainLimit: TimeAmount = .seconds(60)
    /// Control frames that may wait for a peer that does not read.
    package var maximumUnsentControl = 1_000
    /// Bytes that grown windows of this link may take.
    package var windowBudget = WindowBudget.perLink

    package init() {}
}
