/// The one integer version of the protocol, with its dated history.
package enum ProtocolVersion {
    /// What this build speaks.
    package static let current: UInt32 = 1
    /// The oldest version this build still understands.
    package static let minimum: UInt32 = 1

    /// What changed with each version, oldest first.
    package static let history: [(version: UInt32, date: String, change: String)] = [
        (1, "2026-11", "frames, HELLO, envelopes, raw and bytes carriage, per-hop credit")
    ]

    /// The highest version both ranges contain, or nil when they do not meet.
    package static func common(_ local: ClosedRange<UInt32>, _ remote: ClosedRange<UInt32>) -> UInt32? {
        let version = min(local.upperBound, remote.upperBound)
        return version >= max(local.lowerBound, remote.lowerBound) ? version : nil
    }
}
