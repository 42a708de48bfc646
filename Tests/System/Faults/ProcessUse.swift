import Foundation

/// What a process holds of the machine.
struct ProcessUse: Sendable {
    /// Open file descriptors.
    var descriptors: Int
    /// Resident memory now, in bytes.
    var memory: Int

    init(_ pid: Int32) {
        descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? 0
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        memory = (line?.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) * 1024
    }
}

extension Fleet {
    /// A process that belongs to this fleet: its arguments or its home say so.
    struct Member: Sendable {
        var pid: Int32
        var arguments: [String]

        /// The attempt that it supervises.
        var supervisedAttempt: String? {
            guard arguments.count > 2, arguments[1] == "supervise" else { return nil }
            return arguments[2].split(separator: "/").last.map(String.init)
        }

        /// The session directory that it supervises.
        var sessionDirectory: String? { supervisedAttempt == nil ? nil : arguments[2] }
    }

    /// All that run for this fleet: hub, spokes, guards, supervisors, programs and what these started. Zombies do not.
    func members() -> [Member] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.compactMap { pid in
            guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"), !line.isEmpty else {
                return nil
            }
            let arguments = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            if arguments.contains(where: { $0.contains(folder.path) }) { return Member(pid: pid, arguments: arguments) }
            let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ") ?? Data()
            guard environment.split(separator: 0).contains(Data("HOME=\(folder.path)".utf8)) else { return nil }
            return Member(pid: pid, arguments: arguments)
        }
    }
}
