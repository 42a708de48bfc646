import FoundationEssentials
import Glibc

/// Where a run of the benchmarks happens: its folder and the binaries it measures.
struct Workshop {
    /// Removed by ``close()``.
    let folder: String
    let capstan: String
    let load: String
    /// This very program, for the roles of the peers.
    let own: String

    /// Builds what is measured, unless `CAPSTAN` and `CAPSTAN_BENCH` name binaries.
    init() throws {
        let environment = ProcessInfo.processInfo.environment
        if let capstan = environment["CAPSTAN"], let load = environment["CAPSTAN_BENCH"] {
            (self.capstan, self.load) = (capstan, load)
        } else {
            let root = FileManager.default.currentDirectoryPath
            guard FileManager.default.fileExists(atPath: root + "/Benchmarks/Load") else {
                throw BenchFailure("run it from the root of the repository: make bench")
            }
            let swift = environment["SWIFT"] ?? "swift"
            let build = [
                swift, "build", "-c", "release", "--static-swift-stdlib", "-Xswiftc", "-enforce-exclusivity=unchecked",
            ]
            for product in ["capstan", "capstan-bench"] {
                try Spawn.timed(build + ["--product", product], output: 2)
            }
            let bin = try Spawn.output(of: build + ["--show-bin-path"])
            (capstan, load) = (bin + "/capstan", bin + "/capstan-bench")
        }
        guard let own = realpath("/proc/self/exe", nil) else { throw BenchFailure("/proc/self/exe cannot be read") }
        self.own = String(cString: own)
        free(own)
        var template = Array("/tmp/capstan-benchmarks.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw BenchFailure("no folder can be made in /tmp") }
        folder = String(cString: made)
    }

    func close() { try? FileManager.default.removeItem(atPath: folder) }

    /// A folder of that name within this one, made.
    func subfolder(_ name: String) throws -> String {
        let path = folder + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// A free port below those that the system gives to connections: whoever dials a hub that is dead meets itself there
    /// once in thousands of times, and keeps the port.
    static func freeListeningPort() throws -> Int {
        for _ in 0..<100 {
            if let port = try? freePort(.random(in: 20_000..<32_000)) { return port }
        }
        throw BenchFailure("no free port on loopback")
    }

    /// A port of loopback that was free a moment ago.
    /// - Parameter port: the one to look at; any when left out.
    static func freePort(_ port: UInt16 = 0) throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw BenchFailure("no free port on loopback") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
