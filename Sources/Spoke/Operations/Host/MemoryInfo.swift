/// /proc/meminfo, in bytes, with the limit of the container where there is one.
struct MemoryInfo: Sendable, Hashable {
    var total: Int64
    var available: Int64

    var used: Int64 { max(0, total - available) }

    /// Nil for a text that is none of the kernel's.
    init?(_ text: String) {
        var fields: [Substring: Int64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count >= 2, let value = Int64(parts[1]), 0...Int64.max / 1024 ~= value else { continue }
            fields[parts[0]] = value * 1024
        }
        guard let total = fields["MemTotal:"], total > 0 else { return nil }
        self.total = total
        available = fields["MemAvailable:"] ?? fields["MemFree:"] ?? 0
    }

    /// What is left of it under a limit, of which `used` bytes are taken.
    func limited(to limit: Int64, used: Int64) -> MemoryInfo {
        guard limit > 0, limit < total else { return self }
        var limited = self
        limited.total = limit
        limited.available = max(0, min(available, limit - used))
        return limited
    }
}
