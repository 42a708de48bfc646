/// For how long a rented machine goes on without its hub: nobody else would end it, and it costs.
///
/// Work that was begun is let end, for a day at most; what it came to is kept for as long as a lease after it.
struct Lease: Sendable, Equatable {
    static let longestWork = Duration.seconds(86_400)

    let length: Duration
    /// When the hub was there last, and when there was work last; of a clock that only goes on.
    private(set) var renewed: Duration
    private var worked: Duration

    init(length: Duration, at now: Duration) {
        self.length = length
        (renewed, worked) = (now, now)
    }

    /// Why the machine is to be given back now; nil while it goes on.
    mutating func look(at now: Duration, isConnected: Bool, isWorking: Bool) -> String? {
        if isConnected { renewed = now }
        if isWorking { worked = now }
        if now - renewed >= length + Self.longestWork { return "the hub has been away for more than a day" }
        return now - max(renewed, worked) >= length ? "the hub is away, and there is no work" : nil
    }
}
