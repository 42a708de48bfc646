import Foundation

/// A cgroup v2 hierarchy made of plain files, with the files of /proc that lead to it. The kernel's part is missing: what
/// is written stays, and nothing else happens.
public struct GroupFiles: Sendable {
    private let folder: String
    /// The group that the process seems to be in, as its hierarchy names it.
    public let name: String

    /// The files of /proc.
    public var proc: String { folder + "/proc" }
    /// Where the hierarchy is mounted.
    public var mount: String { folder + "/groups" }
    /// The folder of the process's group.
    public var group: String { name == "/" ? mount : mount + name }

    /// - Parameters:
    ///   - name: absolute, as in `/system.slice/box.service`.
    ///   - controllers: what the group has.
    public init(in folder: String, name: String, controllers: String = "cpu io memory pids") throws {
        self.folder = folder
        self.name = name
        try FileManager.default.createDirectory(atPath: group, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: proc + "/self", withIntermediateDirectories: true)
        try put("4:cpu:/old\n0::\(name)\n", proc + "/self/cgroup")
        let mounts = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            30 22 0:26 / \(mount) rw,nosuid shared:4 master:1 - cgroup2 cgroup2 rw

            """
        try put(mounts, proc + "/self/mountinfo")
        try write(controllers + "\n", "cgroup.controllers")
        try write("", "cgroup.procs")
        try write("", "cgroup.subtree_control")
    }

    /// Writes one of the files of the process's group, or of one below.
    public func write(_ text: String, _ file: String) throws { try put(text, group + "/" + file) }

    /// Reads one; nil where it is not there.
    public func read(_ file: String) -> String? { try? String(contentsOfFile: group + "/" + file, encoding: .utf8) }

    /// A process and its parent.
    public func process(_ pid: Int32, parent: Int32) throws {
        try FileManager.default.createDirectory(atPath: "\(proc)/\(pid)", withIntermediateDirectories: true)
        try put("\(pid) (a ) b) S \(parent) 1 1 0", "\(proc)/\(pid)/stat")
    }

    private func put(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
}
