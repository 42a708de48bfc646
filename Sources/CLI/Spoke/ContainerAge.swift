import Daemon
import Operations

/// For how long the container of a rented machine runs: its first line notes how long the system was up then. Unlike the time
/// of day nobody sets that.
enum ContainerAge {
    static let variable = "CAPSTAN_BOOTED"

    /// Milliseconds; nil on other machines.
    static var current: Int64? {
        let bytes = try? AtomicFile.read("/proc/uptime", limit: 256)
        return bytes.flatMap { reckon(Environment.value(variable), uptime: String(decoding: $0, as: UTF8.self)) }
    }

    /// - Parameters:
    ///   - noted: what the first line has noted, in seconds: `3600.25`.
    ///   - uptime: what `/proc/uptime` has now.
    /// - Returns: nil where either is no time, or the first lies after the second.
    static func reckon(_ noted: String?, uptime: String) -> Int64? {
        guard let start = noted.flatMap({ Double($0) }),
            let now = uptime.split(separator: " ").first.flatMap({ Double($0) }),
            start >= 0, now >= start, now - start <= Double(EnrolInput.longestAge / 1_000)
        else { return nil }
        return Int64((now - start) * 1_000)
    }
}
