import CProcesses
import Glibc

/// A group of the cgroup v2 hierarchy, by its folder. What its files mean stands in the kernel's
/// `Documentation/admin-guide/cgroup-v2.rst`.
package struct ControlGroup: Sendable, Equatable {
    /// The file that lists the processes of a group, and takes one that shall enter.
    static let members = "cgroup.procs"
    /// The file that says which controllers the groups below have.
    static let enabled = "cgroup.subtree_control"
    /// The file that says which controllers this group has.
    static let controllers = "cgroup.controllers"

    /// Where the group is in the file system, absolute.
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    func child(_ name: String) -> ControlGroup {
        ControlGroup(path == "/" ? "/" + name : path + "/" + name)
    }

    func file(_ name: String) -> String { child(name).path }

    /// Makes the group, where it is not there already.
    func make() throws(SystemError) {
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
            throw SystemError("make the control group \(path)", code: errno)
        }
    }

    /// Writes one of the group's files the way a shell's `>` does.
    func write(_ text: String, to name: String) throws(SystemError) {
        let operation = "write \(text) to \(file(name))"
        let opened = Descriptor(
            try SystemError.check(operation, cp_open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o644)))
        // The kernel takes the whole of it with one write, or nothing.
        if let error = Files.write(Array(text.utf8), to: opened.fd) {
            throw SystemError(operation, code: error.code)
        }
    }

    /// The text of one of the group's files; nil where it is not there or cannot be read.
    func text(of name: String) -> String? {
        (try? Files.text(of: file(name), in: AT_FDCWD)) ?? nil
    }

    /// The words of one of the group's files; none where it cannot be read.
    func words(of name: String) -> [Substring] {
        text(of: name)?.split(whereSeparator: \.isWhitespace) ?? []
    }

    /// A number out of a file of lines `key number`.
    func number(_ key: String, in name: String) -> UInt64? {
        for line in text(of: name)?.split(separator: "\n") ?? [] {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return UInt64(words[1]) }
        }
        return nil
    }

    /// The processes in this very group, as this process sees them: 0 stands for one that it cannot see.
    var processes: [Int32] { words(of: Self.members).compactMap { Int32($0) } }

    /// The names of the groups right below.
    var childNames: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
