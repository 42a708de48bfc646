import FoundationEssentials
import Glibc

/// The processor time that a process has had.
enum ProcessTime {
    /// Seconds of all its threads, in steps of 10 ms.
    static func seconds(of pid: Int32) throws -> Double {
        // The name in brackets may hold spaces; what follows it does not.
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { throw BenchFailure("/proc/\(pid)/stat cannot be read") }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
