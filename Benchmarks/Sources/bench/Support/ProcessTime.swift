import FoundationEssentials
import Glibc

/// How long the threads of a process have run, as /proc says; in steps of a hundredth of a second.
struct ProcessTime {
    var seconds: Double

    init(_ pid: Int32) throws {
        let path = "/proc/\(pid)/stat"
        // The name in brackets may hold spaces; of what follows it the 12th and 13th are user and system time.
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let fields = text.split(separator: ")").last?.split(separator: " "), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { throw BenchFailure("\(path) cannot be read") }
        seconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
