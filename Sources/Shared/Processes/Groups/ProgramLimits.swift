/// What a program and all it starts may use together; nil is no limit.
package struct ProgramLimits: Sendable, Equatable {
    /// Thousandths of a processor.
    package var milliCPUs: Int64?
    /// Bytes of memory; swap is none on top.
    package var memory: Int64?

    package init(milliCPUs: Int64? = nil, memory: Int64? = nil) {
        self.milliCPUs = milliCPUs
        self.memory = memory
    }

    package static let none = ProgramLimits()

    /// Microseconds in which the processors' time is counted: the kernel's own default.
    private static let period: Int64 = 100_000
    /// The least that the kernel takes, in microseconds a period: a hundredth of a processor.
    private static let leastQuota: Int64 = 1000

    /// For `cpu.max`: quota and period in microseconds.
    var cpuMax: String {
        guard let milliCPUs else { return "max \(Self.period)" }
        let (quota, overflow) = milliCPUs.multipliedReportingOverflow(by: Self.period / 1000)
        return overflow ? "max \(Self.period)" : "\(max(Self.leastQuota, quota)) \(Self.period)"
    }
}

extension ControlGroup {
    /// Sets the limits of this group, whatever they were.
    func limit(_ limits: ProgramLimits) throws(SystemError) {
        try write(limits.memory.map { String(max(0, $0)) } ?? "max", to: "memory.max")
        // Where swap is not counted there is no such file.
        try? write(limits.memory == nil ? "max" : "0", to: "memory.swap.max")
        // All of the program ends, or nothing: what is left of half a program is of no use.
        try write("1", to: "memory.oom.group")
        try write(limits.cpuMax, to: "cpu.max")
    }
}
