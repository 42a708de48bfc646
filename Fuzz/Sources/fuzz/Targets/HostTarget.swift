import Operations

@testable import SpokeOperations

/// Files of the kernel, and the answer of a vendor's tool.
enum HostTarget {
    static let target = FuzzTarget(
        name: "host", largest: 4096,
        words: [
            "cpu ", "cpu0", "MemTotal:", "MemAvailable:", "MemFree:", " kB\n", "eth0:", "\n", " ", ",",
            "9223372036854775807", "-1", "18446744073709551615",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let memory = MemoryInfo(text) {
            must(memory.total > 0 && memory.used >= 0, "memory counts up")
            must(memory.limited(to: 1 << 20, used: 4096).available >= 0, "so does what is left under a limit")
        }
        if let work = ProcStat(text), let before = ProcStat("cpu 1 1 1 1 1 0 0 0\n") {
            must(work.busyPercent(since: before).map { 0...100 ~= $0 } ?? true, "percent are percent")
        }
        let interfaces = NetworkCounters.parse(text)
        must(interfaces.count <= NetworkCounters.limit, "interfaces are few")
        must(interfaces.allSatisfy { $0.received >= 0 && $0.sent >= 0 && !$0.name.isEmpty }, "traffic counts up")
        must(GPUProbe.parse(text).allSatisfy { !$0.model.isEmpty && $0.memory ?? 0 >= 0 }, "a GPU has a name")
        must(
            GPUProbe.parseUses(text).allSatisfy { 0...100 ~= $0.percent ?? 0 && $0.memoryUsed ?? 0 >= 0 }, "use is use")
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        Seeds.texts([
            "MemTotal:       16384 kB\nMemFree: 1 kB\nMemAvailable:    8192 kB\n",
            "cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\nintr 5\n",
            "Inter-|   Receive\n face |bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
            "NVIDIA A100, 40960\n", "NVIDIA A100, 97, 1024, 40960\nOdd, Name, [N/A], 1, 2\n",
        ])
    }
}
