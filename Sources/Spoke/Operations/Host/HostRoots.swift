import Glibc

/// Where the files lie that tell of the machine.
package struct HostRoots: Sendable, Hashable {
    package var proc: String
    package var sys: String
    package var etc: String

    package init(proc: String = "/proc", sys: String = "/sys", etc: String = "/etc") {
        self.proc = proc
        self.sys = sys
        self.etc = etc
    }

    /// The text of a small file, 1 MiB of it at most; nil when it cannot be read.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < 1 << 20 {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What uname(2) says.
struct SystemNames: Sendable, Hashable {
    var host: String
    var system: String
    var release: String
    var machine: String

    static var current: SystemNames {
        var names = utsname()
        guard uname(&names) == 0 else { return SystemNames(host: "node", system: "Linux", release: "", machine: "") }
        func text<Field>(_ field: Field) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return SystemNames(
            host: text(names.nodename), system: text(names.sysname), release: text(names.release),
            machine: text(names.machine))
    }
}
