import Foundation
import TestKit
import Testing

/// A container engine of its own for tests: on a private socket, with its data in a temporary folder and one image,
/// `busybox`, made of the machine's static busybox. It outlives nothing: it is stopped by its pid.
final class RealEngine: @unchecked Sendable {
    // Unchecked: the tests that use it run one after the other.
    let kind: Kind
    let folder: String
    private var daemon: DetachedDaemon?
    /// What runs Docker's containers for it; ours, so that it is reaped when both are killed.
    private var runtime: DetachedDaemon?

    /// The one of this kind that the suite has started.
    @TaskLocal static var all: [Kind: RealEngine] = [:]

    private init(_ kind: Kind) {
        self.kind = kind
        // Short: the path of a socket has room for 107 bytes.
        folder = Leftovers.folder("engine")
    }

    var socket: String { folder + "/engine.sock" }
    private var runtimeSocket: String { folder + "/runtime.sock" }
    /// What `DOCKER_HOST` says.
    var host: String { "unix://" + socket }

    /// Runs `body` with an engine of each kind that is possible here, as ``all``.
    static func withAll(_ body: () async throws -> Void) async throws {
        var engines: [RealEngine] = []
        do {
            for kind in Kind.here {
                let engine = RealEngine(kind)
                engines.append(engine)
                try FileManager.default.createDirectory(atPath: engine.folder, withIntermediateDirectories: true)
                try await engine.start()
                try await engine.makeImage()
            }
            let all = Dictionary(uniqueKeysWithValues: engines.map { ($0.kind, $0) })
            try await $all.withValue(all) { try await body() }
        } catch {
            for engine in engines { await engine.remove() }
            throw error
        }
        for engine in engines { await engine.remove() }
    }

    /// Starts it, or starts it again.
    func start() async throws {
        let daemon =
            switch kind {
            case .docker: try await startDocker()
            case .podman: try startPodman()
            }
        self.daemon = daemon
        try await until("an answer of the engine", seconds: 60) {
            guard daemon.isRunning else { throw Unmet(what: "an engine that stays: \(self.lastWords)", seconds: 0) }
            return try await docker("version").code == 0
        }
    }

    private func startDocker() async throws -> DetachedDaemon {
        runtime = try DetachedDaemon(
            try Self.tool("containerd"),
            ["--root", folder + "/runtime", "--state", folder + "/run", "--address", runtimeSocket],
            environment: Self.system, log: folder + "/log")
        try await until("the runtime's socket") { access(self.runtimeSocket, F_OK) == 0 }
        // Left over where it was killed.
        try? FileManager.default.removeItem(atPath: folder + "/pid")
        // In a network of its own: without a bridge of its own it would remove that of the machine's engine.
        let start = "'\(try Self.tool("busybox"))' ip link set lo up && exec \"$@\""
        return try DetachedDaemon(
            "/usr/bin/unshare",
            [
                "--net", "--", "/bin/sh", "-c", start, "sh", try Self.tool("dockerd"), "--data-root", folder + "/data",
                "--exec-root", folder + "/exec", "-H", host, "--pidfile", folder + "/pid", "--live-restore",
                "--containerd", runtimeSocket, "--bridge", "none", "--iptables=false", "--ip-masq=false",
            ], environment: Self.system, log: folder + "/log")
    }

    /// Podman has no daemon: this serves its socket, and each container has a process that watches it.
    private func startPodman() throws -> DetachedDaemon {
        try Data("[storage]\ndriver = \"vfs\"\ngraphroot = \"\(folder)/data\"\nrunroot = \"\(folder)/run\"\n".utf8)
            .write(to: URL(filePath: folder + "/storage.conf"))
        // As the machine lets it: no network of its own, limits that a container may have, and the runtime that knows
        // cgroups of both versions.
        let settings = """
            [engine]
            cgroup_manager = "cgroupfs"
            events_logger = "file"
            runtime = "runc"
            tmp_dir = "\(folder)/tmp"
            [containers]
            netns = "host"
            default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
            """
        try Data(settings.utf8).write(to: URL(filePath: folder + "/containers.conf"))
        unlink(socket)
        let own = [
            "CONTAINERS_STORAGE_CONF": folder + "/storage.conf", "CONTAINERS_CONF": folder + "/containers.conf",
            "HOME": folder,
        ]
        return try DetachedDaemon(
            try Self.tool("podman"), ["system", "service", "--time=0", host],
            environment: Self.system.merging(own) { $1 }, log: folder + "/log")
    }

    private var lastWords: String {
        let text = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(3).joined(separator: "; ")
    }

    /// What starts another program in the engine's network.
    var network: [String] {
        daemon.map { ["/usr/bin/nsenter", "--net=/proc/\($0.pid)/ns/net", "--"] } ?? []
    }

    /// Signals the engine itself: SIGSTOP for one that hangs.
    func signal(_ number: Int32) { daemon?.signal(number) }

    /// kill -9 of the engine; its containers go on.
    func kill() async throws {
        await daemon?.end(SIGKILL)
        await runtime?.end(SIGKILL)
        (daemon, runtime) = (nil, nil)
        unlink(runtimeSocket)
    }

    /// Docker's command line client, which Podman's socket answers too, to its end.
    @discardableResult
    func docker(_ arguments: String..., input: URL? = nil, seconds: Double = 60) async throws -> Program.Result {
        try await docker(arguments, input: input, seconds: seconds)
    }

    @discardableResult
    func docker(_ arguments: [String], input: URL? = nil, seconds: Double = 60) async throws -> Program.Result {
        try await Program(
            try Self.tool("docker"), ["-H", host] + arguments,
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder], folder: URL(filePath: folder), input: input
        ).wait(seconds: seconds)
    }

    /// An image without a registry: a tree with the static busybox, taken in.
    private func makeImage() async throws {
        let tree = folder + "/tree"
        let busybox = try Self.tool("busybox")
        let line = """
            mkdir -p '\(tree)/bin' '\(tree)/tmp' '\(tree)/etc' && cp '\(busybox)' '\(tree)/bin/busybox' \\
            && for applet in $('\(busybox)' --list | grep -vx busybox); do ln -s busybox '\(tree)/bin/'$applet; done; \\
            tar -C '\(tree)' -cf '\(folder)/image.tar' .
            """
        let made = try await Program(
            "/bin/sh", ["-c", line], environment: ["PATH": "/usr/bin:/bin"], folder: URL(filePath: folder)
        ).wait()
        guard made.code == 0 else { throw Unmet(what: "an image: \(made.err)", seconds: 0) }
        try await take(folder + "/image.tar", as: "busybox")
    }

    private func take(_ tar: String, as image: String) async throws {
        let taken = try await docker("import", tar, image + ":latest")
        guard taken.code == 0 else { throw Unmet(what: "an image: \(taken.err)", seconds: 0) }
    }

    /// An image of this machine's own files in which a rented machine can begin; made when it is first asked for. Its registry
    /// is not there, so that a pull fails at once and reaches nobody.
    func machineImage() async throws -> String {
        let image = "127.0.0.1:1/machine"
        if try await docker("image", "inspect", image).code == 0 { return image }
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../Scripts/machine-image.sh")
        let made = try await Program(
            script.standardized.path, [folder + "/machine.tar", try BuiltBinary.path()], environment: Self.system,
            folder: URL(filePath: folder)
        ).wait()
        guard made.code == 0 else { throw Unmet(what: "an image: \(made.err)", seconds: 0) }
        try await take(folder + "/machine.tar", as: image)
        return image
    }

    private func remove() async {
        let listed = try? await docker("ps", "-aq")
        for id in listed?.text.split(separator: "\n") ?? [] { _ = try? await docker("rm", "-f", String(id)) }
        await daemon?.end(SIGTERM)
        await runtime?.end(SIGTERM)
        // With live-restore it leaves what it has mounted.
        _ = await
            (try? Program(
                "/bin/sh", ["-c", "grep -o '\(folder)[^ ]*' /proc/mounts | sort -r | xargs -r umount -l"],
                environment: ["PATH": "/usr/bin:/bin:/sbin:/usr/sbin"], folder: URL(filePath: "/tmp")))?.wait()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Gives a suite the real engines for all its tests.
struct RealEngineTrait: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await RealEngine.withAll { try await function() }
    }
}

extension Trait where Self == RealEngineTrait {
    static var realEngines: Self { RealEngineTrait() }
}
