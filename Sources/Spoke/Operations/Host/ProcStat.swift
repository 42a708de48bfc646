/// The processors' work so far, from /proc/stat.
struct ProcStat: Sendable, Hashable {
    /// Clock ticks of all processors together.
    var total: UInt64
    /// Of these, spent with nothing to do or waiting for a disk.
    var idle: UInt64
    /// Processors that are online.
    var processors: Int

    /// Nil for a text that is none of the kernel's.
    init?(_ text: String) {
        var sum: (total: UInt64, idle: UInt64)?
        processors = 0
        for line in text.split(separator: "\n") {
            guard line.hasPrefix("cpu") else { continue }
            let fields = line.split(separator: " ")
            guard fields[0] == "cpu" else {
                processors += 1
                continue
            }
            // user nice system idle iowait irq softirq steal; guest times are in user already.
            let ticks = fields.dropFirst().prefix(8).compactMap { UInt64($0) }
            guard ticks.count >= 5 else { return nil }
            sum = (ticks.reduce(0, &+), ticks[3] &+ ticks[4])
        }
        guard let sum else { return nil }
        (total, idle) = sum
    }

    /// 0 to 100 between an earlier reading and this one; nil when no time has passed.
    func busyPercent(since earlier: ProcStat) -> Double? {
        guard total > earlier.total else { return nil }
        let passed = Double(total - earlier.total)
        let idled = Double(idle > earlier.idle ? idle - earlier.idle : 0)
        return max(0, min(100, (1 - idled / passed) * 100))
    }
}
