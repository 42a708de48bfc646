import FoundationEssentials
import Glibc

/// A Docker Engine of the benchmark's own, on a private socket and without a network, with a container `box` that runs.
final class PrivateEngine {
    private let daemon: Child
    private let folder: String
    private let client = "/usr/bin/docker"

    /// What a spoke that shall use it needs in its environment.
    var environment: [String: String] { ["DOCKER_HOST": "unix://\(folder)/docker.sock"] }

    /// - Throws: ``BenchFailure`` where docker.io or busybox-static is not installed, or without root.
    init(_ workshop: Workshop, name: String) throws {
        folder = try workshop.subfolder(name)
        guard getuid() == 0, FileManager.default.isExecutableFile(atPath: "/usr/sbin/dockerd"),
            FileManager.default.isExecutableFile(atPath: "/bin/busybox")
        else { throw BenchFailure("container-exec needs root and: apt-get install docker.io busybox-static") }
        daemon = try Child([
            "/bin/sh", "-c",
            "exec /usr/sbin/dockerd --data-root \(folder)/data --exec-root \(folder)/exec -H unix://\(folder)/docker.sock "
                + "--pidfile \(folder)/pid --bridge none --iptables=false --ip-masq=false 2> \(folder)/log",
        ])
        try awaitAnswer()
        let tree = folder + "/tree"
        try Spawn.timed([
            "/bin/sh", "-c",
            "mkdir -p \(tree)/bin && cp /bin/busybox \(tree)/bin/ && ln -s busybox \(tree)/bin/sh && ln -s busybox \(tree)/bin/true "
                + "&& ln -s busybox \(tree)/bin/sleep && tar -C \(tree) -cf \(folder)/image.tar .",
        ])
        try Spawn.timed(command(["import", "\(folder)/image.tar", "bench:latest"]))
        try Spawn.timed(command(["run", "-d", "--name", "box", "bench", "sleep", "100000"]))
    }

    /// A command of the engine's own client.
    func command(_ arguments: [String]) -> [String] { [client, "-H", "unix://\(folder)/docker.sock"] + arguments }

    func stop() {
        _ = try? Spawn.timed(command(["rm", "-f", "box"]), isQuiet: true)
        daemon.stop()
    }

    private func awaitAnswer() throws {
        for _ in 0..<200 {
            if (try? Spawn.timed(command(["version"]), isQuiet: true)) != nil { return }
            usleep(50_000)
        }
        throw BenchFailure("the private engine does not answer: \(folder)/log")
    }
}
