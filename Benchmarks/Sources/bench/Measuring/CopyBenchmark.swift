import FoundationEssentials
import Glibc

/// `capstan copy` to a node as a whole process, beside scp over a jump host (two hops, as ours): one large file, and many
/// small ones.
struct CopyBenchmark: Benchmark {
    let name = "copy"
    private let runs = 5
    private let largeBytes = 256 << 20
    private let files = 2_000

    func run(_ workshop: Workshop) throws -> [Row] {
        let fleet = try Fleet(workshop, name: "copy")
        defer { fleet.stop() }
        try fleet.addSpoke("node")
        let peer = try PrivateSSHD(workshop, name: name + "-ssh")
        defer { peer.stop() }
        // In memory where there is such a place: what disks do is not what is compared.
        let folder = "/dev/shm/capstan-bench-\(getpid())"
        let memory = access("/dev/shm", W_OK) == 0
        let place = memory ? folder : try workshop.subfolder("files")
        mkdir(place, 0o700)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try Self.fill(place + "/large", largeBytes)
        mkdir(place + "/small", 0o700)
        for number in 0..<files { try Self.fill(place + "/small/\(number)", 3_000) }
        func row(_ name: String, _ source: String) throws -> Row {
            func copy(_ command: (String) -> [String], _ environment: [String: String]) throws -> Double {
                let target = place + "/target"
                defer { try? FileManager.default.removeItem(atPath: target) }
                return try Spawn.timed(command(target), environment: environment, isQuiet: true)
            }
            let both = try alternate(
                runs,
                ours: { try copy({ [workshop.capstan, "copy", source, "node:" + $0] }, fleet.environment) },
                peer: { try copy({ peer.copy(source, to: $0) }, [:]) })
            return Row(name, ours: both.ours, peer: both.peer, unit: "ms")
        }
        return [try row("copy/large", place + "/large"), try row("copy/small", place + "/small")]
    }

    private static func fill(_ path: String, _ bytes: Int) throws {
        var state = UInt64(bytes) | 1
        let words = (0..<(bytes / 8 + 1)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
        try words.withUnsafeBytes { try Data($0.prefix(bytes)).write(to: URL(filePath: path)) }
    }
}
