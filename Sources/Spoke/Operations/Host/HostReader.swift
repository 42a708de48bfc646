import CallProtocol
import Glibc
import Operations

/// Reads what the machine is and how it does from its files. Everything here may block for a moment.
struct HostReader: Sendable {
    let configuration: SpokeConfiguration

    private var roots: HostRoots { configuration.roots }

    func stat() -> ProcStat? { HostRoots.text(roots.proc + "/stat").flatMap(ProcStat.init) }

    /// The machine's memory, or the container's where that is less.
    func memory() -> MemoryInfo? {
        guard let memory = HostRoots.text(roots.proc + "/meminfo").flatMap(MemoryInfo.init) else { return nil }
        guard let limit = cgroupNumber("memory.max") else { return memory }
        return memory.limited(to: limit, used: cgroupNumber("memory.current") ?? 0)
    }

    /// Processors that may be used: those online, or what the container's quota allows, rounded up.
    func processors() -> Int {
        let online = max(1, stat()?.processors ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let quota = (HostRoots.text(roots.sys + "/fs/cgroup/cpu.max") ?? "").split(whereSeparator: \.isWhitespace)
        guard quota.count == 2, let time = Int64(quota[0]), let period = Int64(quota[1]), time > 0, period > 0 else {
            return online
        }
        return min(online, max(1, Int((time - 1) / period + 1)))
    }

    func load1() -> Double? {
        HostRoots.text(roots.proc + "/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
    }

    /// The resident memory of this very process in bytes.
    func ownMemory() -> Int64? {
        guard let text = HostRoots.text(roots.proc + "/self/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return nil }
        return pages.multipliedReportingOverflow(by: Int64(sysconf(Int32(_SC_PAGESIZE)))).partialValue
    }

    /// Bytes of the file system that holds a path; nil when it does not say.
    func disk(_ path: String) -> HostFacts.Disk? {
        var info = statvfs()
        guard statvfs(path, &info) == 0, info.f_blocks > 0 else { return nil }
        let block = UInt64(info.f_frsize)
        return HostFacts.Disk(
            mount: path,
            total: Int64(clamping: UInt64(info.f_blocks).multipliedReportingOverflow(by: block).partialValue),
            free: Int64(clamping: UInt64(info.f_bavail).multipliedReportingOverflow(by: block).partialValue))
    }

    /// Local file systems, each device once, the shortest mount point of each; the root also where it is an overlay.
    func disks() -> [HostFacts.Disk] {
        var mounts: [String: String] = [:]
        for line in (HostRoots.text(roots.proc + "/mounts") ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let point = Self.unescaped(String(fields[1]))
            let isLocal = fields[0].hasPrefix("/dev/") && !fields[0].hasPrefix("/dev/loop")
            guard point == "/" || isLocal && !Self.isRemote(fields[2]) else { continue }
            let device = String(fields[0])
            if let known = mounts[device], known.utf8.count <= point.utf8.count { continue }
            mounts[device] = point
        }
        return mounts.values.sorted().prefix(32).compactMap(disk)
    }

    /// Whether a file system of this type answers only when another machine or a program does.
    private static func isRemote(_ type: Substring) -> Bool {
        type.hasPrefix("nfs") || type.hasPrefix("fuse.") || type == "fuse"
            || ["cifs", "smb3", "smbfs", "9p", "ceph", "afs", "glusterfs", "lustre", "gfs2", "ocfs2", "virtiofs"]
                .contains(type)
    }

    /// What went through the network interfaces.
    func network() -> [HostStatus.Interface]? {
        HostRoots.text(roots.proc + "/net/dev").map(NetworkCounters.parse)
    }

    /// The system's name for people.
    func systemName() -> String {
        for line in (HostRoots.text(roots.etc + "/os-release") ?? "").split(separator: "\n") {
            guard line.hasPrefix("PRETTY_NAME=") else { continue }
            let name = line.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" }
            if !name.isEmpty { return String(name) }
        }
        return SystemNames.current.system
    }

    /// Under what the machine runs, where its firmware or its processors tell.
    func virtualization() -> String? {
        let vendor = HostRoots.text(roots.sys + "/class/dmi/id/sys_vendor").map { $0.prefix { !$0.isNewline } }
        switch vendor {
        case "QEMU": return "kvm"
        case "VMware, Inc.": return "vmware"
        case "innotek GmbH": return "virtualbox"
        case "Xen": return "xen"
        case "Amazon EC2", "Google", "DigitalOcean", "Hetzner", "Microsoft Corporation":
            return vendor.map(String.init)
        default: break
        }
        let flags = HostRoots.text(roots.proc + "/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("flags") }
        return flags?.split(separator: " ").contains("hypervisor") == true ? "virtual machine" : nil
    }

    private func cgroupNumber(_ file: String) -> Int64? {
        HostRoots.text(roots.sys + "/fs/cgroup/" + file).flatMap { Int64($0.prefix { !$0.isNewline }) }
    }

    /// Mount points have blanks and the like as three octal digits.
    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
