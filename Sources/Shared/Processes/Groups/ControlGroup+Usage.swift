/// What a group has used.
extension ControlGroup {
    /// Adds to a program's end what its group knows better than the process table: it counts also what nobody waited
    /// for, and all processes together.
    func account(in record: inout ExitRecord) {
        if let user = number("user_usec", in: "cpu.stat"), let system = number("system_usec", in: "cpu.stat") {
            record.utimeUs = user
            record.stimeUs = system
        }
        // Linux 5.19 and later.
        if let peak = words(of: "memory.peak").first.flatMap({ UInt64($0) }) { record.maxRssBytes = peak }
        record.outOfMemory = outOfMemory
    }

    /// Whether the kernel killed in this group for want of memory, and whose memory it was.
    private var outOfMemory: ExitRecord.OutOfMemory? {
        guard let kills = number("oom_kill", in: "memory.events"), kills > 0 else { return nil }
        // `oom` counts only where the limit of this group, or of one below it, was in the way.
        return (number("oom", in: "memory.events") ?? 0) > 0 ? .limit : .machine
    }
}
