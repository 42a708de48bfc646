import Foundation
import TestKit
import Testing

/// A private registry of images on loopback, for the user `bob`, whose password is `tell-nobody`.
private struct Registry {
    let daemon: DetachedDaemon
    let address: String

    static let program = "/usr/bin/docker-registry"
    static let isPossible = access(program, X_OK) == 0
    static let password = "tell-nobody"
    /// bcrypt of it.
    private static let digest = "$2y$05$.hSBHRvBLj1Xqk1FQ1UCQO7ZC5khQwsYyPjYzeoVqeJDhofo4CZs."

    init(_ folder: URL, beside engine: RealEngine) throws {
        address = "127.0.0.1:\(try LoopbackPorts.free())"
        let text = """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: \(folder.path)/images}}
            http: {addr: \(address)}
            auth: {htpasswd: {realm: test, path: \(folder.path)/people}}
            """
        try Data(text.utf8).write(to: folder.appending(path: "registry.yml"))
        try Data("bob:\(Self.digest)\n".utf8).write(to: folder.appending(path: "people"))
        let line = engine.network + [Self.program, "serve", folder.path + "/registry.yml"]
        daemon = try DetachedDaemon(
            line[0], Array(line.dropFirst()), environment: [:], log: folder.path + "/registry.log")
    }
}

extension ContainerTests {
    @Test(
        "an image comes from a private registry for who names its user, layer by layer, and the password stays nowhere",
        .enabled(if: Registry.isPossible && RealEngine.Kind.here.contains(.docker), "docker-registry is not installed"))
    func privateRegistry() async throws {
        try await with(.docker) { fleet, engine in
            let folder = URL(filePath: fleet.path("registry"))
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let registry = try Registry(folder, beside: engine)
            do {
                try await pull(fleet, engine, folder, registry)
            } catch {
                await registry.daemon.end(SIGTERM)
                throw error
            }
            await registry.daemon.end(SIGTERM)
        }
    }

    private func pull(_ fleet: Fleet, _ engine: RealEngine, _ folder: URL, _ registry: Registry) async throws {
        let image = registry.address + "/tools/box:1"
        let password = folder.appending(path: "password")
        try Data(Registry.password.utf8).write(to: password)
        let settings = ["--config", folder.path + "/client"]
        try await until("the registry") {
            try await engine.docker(
                settings + ["login", "--username", "bob", "--password-stdin", registry.address], input: password
            ).code == 0
        }
        #expect(try await engine.docker("tag", "busybox", image).code == 0)
        let pushed = try await engine.docker(settings + ["push", image])
        #expect(pushed.code == 0, "\(pushed.err)")
        #expect(try await engine.docker("rmi", image).code == 0)

        let stranger = try await fleet.run("image", "pull", "--node", "one", image)
        #expect(stranger.code == 1 && stranger.err.contains("no basic auth credentials"), "\(stranger.err)")
        let wrong = folder.appending(path: "wrong")
        try Data("guess".utf8).write(to: wrong)
        func asBob(_ password: URL, _ more: String...) async throws -> Program.Result {
            try await fleet.start(
                ["image", "pull", "--node", "one", "--registry-user", "bob", "--registry-password-stdin", image] + more,
                input: password
            ).wait()
        }
        let refused = try await asBob(wrong)
        #expect(refused.code == 1 && refused.err.contains("unauthorized"), "\(refused.err)")
        let pulled = try await asBob(password, "-o", "json")
        #expect(pulled.code == 0 && pulled.text.contains(#""layer":"#), "\(pulled.err)")
        #expect(try await fleet.run("image", "list").text.contains(image))
        let created = try await fleet.run(
            "container", "create", "--node", "one", "--pull", "always", "--registry-user", "bob",
            "--registry-password-stdin", image, "--", "true", input: password)
        #expect(created.code == 0, "\(created.err)")

        let coded = Data(#""password":"\#(Registry.password)""#.utf8).base64EncodedString().prefix(20)
        let search = try await fleet.shell(
            "grep -rlE '\(Registry.password)|\(coded)' '\(fleet.path("hub"))' '\(fleet.path("one"))'; true"
        ).wait()
        #expect(search.text.isEmpty, "\(search.text)")
        for daemon in [fleet.hub, fleet.spokes["one"]] {
            #expect(daemon?.outputSoFar.contains(Registry.password) == false)
        }
    }
}
