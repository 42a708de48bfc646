import CallProtocol

/// Which ports of the hub's range a new tunnel may have.
struct TunnelPorts: Sendable {
    let range: ClosedRange<Int>
    /// Those of other tunnels.
    let taken: Set<Int>

    /// In the order in which they are to be tried.
    /// - Throws: `INVALID_INPUT` for a port outside of the range, `CONFLICT` for another tunnel's.
    func candidates(asked: Int?) throws(CallError) -> [Int] {
        guard let asked else { return range.filter { !taken.contains($0) } }
        guard range.contains(asked) else {
            throw CallError(
                .invalidInput,
                "port \(asked) is none of this hub's range, \(range.lowerBound)-\(range.upperBound) (hub serve --tunnel-ports)"
            )
        }
        guard !taken.contains(asked) else { throw CallError(.conflict, "port \(asked) is another tunnel's") }
        return [asked]
    }

    /// Why none of them did.
    func exhausted(asked: Int?) -> CallError {
        if let asked { return CallError(.conflict, "port \(asked) is in use by another program") }
        return CallError(
            .resourceExhausted, "all ports of this hub's range, \(range.lowerBound)-\(range.upperBound), are in use")
    }
}
