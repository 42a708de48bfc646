import Foundation

/// Which runs there are: `CAPSTAN_SEED` names them, separated by commas; else there are `CAPSTAN_CAMPAIGNS` with seeds
/// that nobody has chosen.
enum Seeds {
    static let all: [UInt64] = {
        let environment = ProcessInfo.processInfo.environment
        let named = environment["CAPSTAN_SEED", default: ""].split(separator: ",").compactMap {
            UInt64($0.trimmingCharacters(in: .whitespaces))
        }
        if !named.isEmpty { return named }
        let count = environment["CAPSTAN_CAMPAIGNS"].flatMap { Int($0) } ?? 60
        return (0..<max(0, count)).map { _ in UInt64.random(in: 1...999_999_999) }
    }()

    /// How many run at once: they wait more than they work.
    static let atOnce = max(2, 2 * ProcessInfo.processInfo.activeProcessorCount)
}
