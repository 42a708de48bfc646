import FoundationEssentials

/// What a process has in memory, in MiB.
struct ProcessMemory {
    /// With everything it shares.
    var rss: Double
    /// With its part of what it shares.
    var pss: Double
    /// What is its own alone.
    var own = 0.0
}

extension ProcessMemory {
    /// Reads /proc.
    init(pid: Int32) throws {
        let path = "/proc/\(pid)/smaps_rollup"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw BenchFailure("\(path) cannot be read")
        }
        func field(_ name: String) -> Double {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Double($0) }.map { $0 / 1024 }
                ?? 0
        }
        rss = field("Rss")
        pss = field("Pss")
        own = field("Private_Clean") + field("Private_Dirty")
    }

    /// The most that a process has had in memory, MiB.
    static func peak(of pid: Int32) throws -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Double($0) })
        else { throw BenchFailure("/proc/\(pid)/status cannot be read") }
        return kibibytes / 1024
    }

    /// The processes that began with `pid`, itself among them.
    static func family(of pid: Int32) -> [Int32] {
        var found = [pid]
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
        let parents = all.map { (child: $0, parent: parent(of: $0)) }
        var index = 0
        while index < found.count {
            found += parents.filter { $0.parent == found[index] }.map(\.child)
            index += 1
        }
        return found
    }

    private static func parent(of pid: Int32) -> Int32? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        // The name in brackets may hold spaces; what follows it does not.
        let rest = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return rest.count > 1 ? Int32(rest[1]) : nil
    }
}
