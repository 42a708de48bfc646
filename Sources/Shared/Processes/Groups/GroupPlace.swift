import Glibc

/// Where this process is in the cgroup v2 hierarchy.
struct GroupPlace: Equatable {
    /// The group as the process sees its hierarchy: `/` is the root of its cgroup namespace.
    var name: String
    var group: ControlGroup

    /// The group above; nil for the root.
    var parent: GroupPlace? {
        guard name != "/", let slash = name.lastIndex(of: "/"), let end = group.path.lastIndex(of: "/") else {
            return nil
        }
        return GroupPlace(
            name: slash == name.startIndex ? "/" : String(name[..<slash]),
            group: ControlGroup(end == group.path.startIndex ? "/" : String(group.path[..<end])))
    }

    /// The last part of the name; empty for the root.
    var lastName: Substring { name.split(separator: "/").last ?? "" }

    /// Finds it in the files below `proc`; a hybrid system, with some controllers on cgroup v1, has one as well.
    static func own(proc: String) throws(LimitsRefused) -> GroupPlace {
        let groups = (try? Files.text(of: proc + "/self/cgroup", in: AT_FDCWD)) ?? nil
        // cgroup v2 is hierarchy 0 and names no controllers.
        guard let line = groups?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else {
            throw LimitsRefused("there is no cgroup v2 here")
        }
        let name = String(line.dropFirst(3))
        let mounts = ((try? Files.text(of: proc + "/self/mountinfo", in: AT_FDCWD)) ?? nil) ?? ""
        for mount in mounts.split(separator: "\n") {
            if let path = folder(of: name, in: mount) { return GroupPlace(name: name, group: ControlGroup(path)) }
        }
        throw LimitsRefused("cgroup v2 is not mounted")
    }

    /// The folder of a group in a mount, told by a line of mountinfo: number, parent, device, root, mount point,
    /// options, fields of their own up to a dash, type. Nil when the mount is of another type or does not show it.
    private static func folder(of name: String, in line: Substring) -> String? {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields.dropFirst(6).firstIndex(of: "-"), dash + 1 < fields.endIndex,
            fields[dash + 1] == "cgroup2", !fields[4].contains("\\")
        else { return nil }
        let point = fields[4] == "/" ? "" : String(fields[4])
        let root = fields[3]
        if root == "/" { return name == "/" ? (point.isEmpty ? "/" : point) : point + name }
        if name == root { return point.isEmpty ? "/" : point }
        return name.hasPrefix(root + "/") ? point + name.dropFirst(root.count) : nil
    }
}

/// Why cpus and memory are not limits here, in a few words for the log.
package struct LimitsRefused: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
