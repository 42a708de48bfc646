/// Whether a hub may hold the links of its fleet: each takes a file descriptor, and what else it does needs some.
struct LinkCapacity {
    /// Descriptors for the database, logs, operators and those who are not known yet.
    static let reserved = 256

    /// Descriptors that the process may have open.
    let allowed: Int
    /// Spokes that are enrolled.
    let spokes: Int

    /// What is wrong and what to do about it; nil where the limit suffices.
    var notice: String? {
        guard allowed < spokes + Self.reserved else { return nil }
        return
            "\(spokes) spokes are enrolled, and this process may open \(allowed) files: links past that are not taken. "
            + "Raise the hard limit to \(spokes + Self.reserved) and more: LimitNOFILE= in the hub's unit, "
            + "or ulimit -Hn before the hub is started"
    }
}
