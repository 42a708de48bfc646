/// Where finished lines go. A sink never fails towards its caller and never blocks for long: what it cannot take is dropped
/// and counted, because a log that stops the program is worse than a log with a gap.
package protocol LineSink: Sendable {
    /// Takes one line with its line feed; false when it was dropped.
    @discardableResult
    func write(_ line: [UInt8]) -> Bool
}
