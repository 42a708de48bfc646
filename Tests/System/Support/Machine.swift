import Foundation

extension Fleet {
    /// A free port below those that the system gives to connections: among thousands that dial a hub that is dead, one
    /// would meet itself there, and keep the port.
    static func freeListeningPort() throws -> Int {
        for _ in 0..<100 {
            if let port = try? freePort(.random(in: 20_000..<32_000)) { return port }
        }
        throw Unmet(what: "a free port", seconds: 0)
    }

    /// A port that was free a moment ago.
    /// - Parameter port: the one to look at; any when left out.
    static func freePort(_ port: UInt16 = 0) throws -> Int {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
            }
        }
        guard bound else { throw Unmet(what: "a free port", seconds: 0) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

/// What runs on this machine.
enum Machine {
    /// The children of a process that have `word` among their arguments.
    static func children(of parent: Int32, naming word: String? = nil) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { pid in
            let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 1, Int32(fields[1]) == parent else { return false }
            guard let word else { return true }
            let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            return line.split(separator: "\0").contains { $0 == word }
        }
    }

    /// The supervisors of sessions below a folder.
    static func supervisors(below folder: String) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { pid in
            let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            return line.contains("supervise\0\(folder)/")
        }
    }

    /// Whether this user may make pid namespaces.
    static var canMakeNamespaces: Bool {
        let probe = Process()
        probe.executableURL = URL(filePath: "/usr/bin/unshare")
        probe.arguments = ["-pf", "--mount-proc", "true"]
        probe.standardError = FileHandle.nullDevice
        guard (try? probe.run()) != nil else { return false }
        probe.waitUntilExit()
        return probe.terminationStatus == 0
    }
}
