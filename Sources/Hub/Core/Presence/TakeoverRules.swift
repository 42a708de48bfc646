/// Who may take the place of whom among the links of one peer. Pure: times are milliseconds of a monotonic clock.
///
/// The same instance: the higher generation wins. Another instance: the newest wins, unless it is the third takeover
/// within 60 s; then the incumbent stays for 5 min, because two machines fight over one key.
struct TakeoverRules: Sendable {
    static let window: Int64 = 60_000
    static let takeovers = 3
    static let truce: Int64 = 300_000

    enum Verdict: Hashable, Sendable {
        /// The newcomer is admitted; links of the old instance, or the older link, are to be closed.
        case admit
        /// An older link of the same process came late.
        case stale
        /// The incumbent stays; the newcomer may try again after so many milliseconds.
        case duplicate(retryAfter: Int64, isNews: Bool)
    }

    private var recent: [Int64] = []
    private var truceUntil: Int64 = 0

    /// Judges a newcomer against the incumbent of its slot.
    mutating func judge(
        instance: String, generation: UInt64, incumbent: (instance: String, generation: UInt64)?, now: Int64
    ) -> Verdict {
        guard let incumbent else { return .admit }
        if incumbent.instance == instance { return generation > incumbent.generation ? .admit : .stale }
        guard now >= truceUntil else { return .duplicate(retryAfter: truceUntil - now, isNews: false) }
        recent.removeAll { now - $0 >= Self.window }
        recent.append(now)
        guard recent.count < Self.takeovers else {
            recent = []
            truceUntil = now + Self.truce
            return .duplicate(retryAfter: Self.truce, isNews: true)
        }
        return .admit
    }
}
