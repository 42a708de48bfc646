import Foundation
import Glibc

/// What tests may leave on the machine when they fail or are killed, and how it is taken away.
package enum Leftovers {
    /// A folder in the temporary directory that says whose it is, so that ``sweepMounts()`` can tell.
    package static func folder(_ kind: String) -> String {
        let name = "capstan-\(kind)-\(getpid())-\(UUID().uuidString.prefix(8))"
        return FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    }

    /// Ends every supervisor whose session lies below `folder`, with what it runs.
    /// - Returns: how many still ran.
    @discardableResult
    package static func endSupervisors(below folder: String) async -> Int {
        let supervisors = processes().filter { arguments(of: $0).contains("supervise\0\(folder)/") }
        let all = supervisors + descendants(of: Set(supervisors))
        for pid in supervisors { kill(pid, SIGTERM) }
        // A supervisor gives its program five seconds.
        let isOver = await becomesTrue(within: .seconds(7)) { supervisors.allSatisfy { !isAlive($0) } }
        if !isOver { for pid in all { kill(pid, SIGKILL) } }
        return supervisors.count
    }

    /// Unmounts what test runs that were killed left mounted: mounts below folders of processes that are gone.
    package static func sweepMounts() {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 1, let owner = owner(of: String(fields[1])), kill(owner.pid, 0) != 0, errno == ESRCH
            else { continue }
            umount2(String(fields[1]), Int32(MNT_DETACH))
            try? FileManager.default.removeItem(atPath: owner.folder)
        }
    }

    /// Whose folder a path lies in or is; nil for what no test made.
    private static func owner(of path: String) -> (folder: String, pid: Int32)? {
        let temporary = FileManager.default.temporaryDirectory.path + "/"
        guard path.hasPrefix(temporary) else { return nil }
        let name = path.dropFirst(temporary.count).prefix { $0 != "/" }
        let words = name.split(separator: "-")
        guard words.count == 4, words[0] == "capstan", let pid = Int32(words[2]) else { return nil }
        return (temporary + name, pid)
    }

    private static func processes() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    private static func arguments(of pid: Int32) -> String {
        (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
    }

    private static func descendants(of roots: Set<Int32>) -> [Int32] {
        var (known, found) = (roots, [Int32]())
        var rest = processes()
        while let next = rest.firstIndex(where: { !known.contains($0) && known.contains(parent(of: $0)) }) {
            known.insert(rest[next])
            found.append(rest.remove(at: next))
        }
        return found
    }

    private static func parent(of pid: Int32) -> Int32 {
        let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        let behindName = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return behindName.count > 1 ? Int32(behindName[1]) ?? 0 : 0
    }
}
