import Foundation
import TestKit
import Testing

/// Machines that are containers of a real engine. Podman's have this machine's network, so that they reach its loopback.
extension ContainerTests {
    private static let canRent = RealEngine.Kind.here.contains(.podman)

    /// Runs `body` beside a hub that rents at an engine, and with an image that machines can begin with.
    private func withLocal(_ body: (Fleet, RealEngine, _ image: String) async throws -> Void) async throws {
        try await withLocal(.podman) { try await body($0, $1, try await $1.machineImage()) }
    }

    private func withLocal(
        _ kind: RealEngine.Kind, _ body: (Fleet, RealEngine) async throws -> Void
    ) async throws {
        let engine = try #require(RealEngine.all[kind])
        try await Fleet.with { fleet in
            try await fleet.killHub()
            try await fleet.startRentingHub(http: try LoopbackPorts.free())
            let imported = try await fleet.run("provider", "import", "local", "builtin:local", "--server", engine.host)
            #expect(imported.code == 0 && imported.text.contains("machines can be rented"), "\(imported.err)")
            let result: Result<Void, any Error>
            do { result = .success(try await body(fleet, engine)) } catch { result = .failure(error) }
            for id in try await rented(engine, all: true) { try await engine.docker("rm", "--force", id) }
            try result.get()
        }
    }

    /// The containers that were rented: those that run, or all.
    private func rented(_ engine: RealEngine, all: Bool) async throws -> [String] {
        let line = ["ps", "--quiet", "--filter", "label=capstan.rented=true"] + (all ? ["--all"] : [])
        return try await engine.docker(line).text.split(separator: "\n").map(String.init)
    }

    private func logs(_ engine: RealEngine) async throws -> String {
        var text = ""
        for id in try await rented(engine, all: true) {
            let logs = try await engine.docker("logs", id)
            text += logs.text + logs.err
        }
        return text
    }

    @Test(
        "run --rent without an account: a container comes for the program and runs it, and is gone when it is released",
        .enabled(if: canRent))
    func runLocally() async throws {
        try await withLocal { fleet, engine, image in
            let offers = try await fleet.run("provider", "offers", "--provider", "local")
            #expect(offers.text.contains("0.0100 USD") && offers.text.contains("engine"), "\(offers.err)")
            let run = try await fleet.run(
                "run", "--rent", "--provider", "local", "--image", image, "--", "sh", "-c", "echo hello; exit 3",
                seconds: 120)
            let logs = try await logs(engine)
            #expect(run.code == 3 && run.text == "hello\n", "\(run.err) \(logs)")
            let receipt = try await fleet.run("workload", "receipt", "sh", "--verify")
            #expect(receipt.code == 0 && receipt.text.contains("0.0100 USD an hour"), "\(receipt.text) \(receipt.err)")
            let list = try await fleet.run("instance", "list")
            #expect(list.text.contains("active") && list.err.contains("burns 0.0100 USD an hour"), "\(list.err)")
            let names = try await engine.docker("ps", "--format", "{{.Names}}", "--filter", "label=capstan.rented=true")
            #expect(names.text.hasPrefix("capstan-") && names.text.split(separator: "\n").count == 1)
            let node = try await fleet.run("node", "list", "-q")
            let id = String(node.text.trimmingCharacters(in: .whitespacesAndNewlines).suffix(6))
            let released = try await fleet.run("instance", "release", id, seconds: 120)
            #expect(released.code == 0 && released.text.contains("terminated"), "\(released.text) \(released.err)")
            let left = try await rented(engine, all: true)
            #expect(left.isEmpty)
        }
    }

    @Test("with the hub killed for good the container stops by itself within its lease", .enabled(if: canRent))
    func leaseOfContainer() async throws {
        try await withLocal { fleet, engine, image in
            let rented = try await fleet.run("instance", "rent", "--image", image, seconds: 120)
            let logs = try await logs(engine)
            #expect(rented.code == 0, "\(rented.text) \(rented.err) \(logs)")
            let running = try await self.rented(engine, all: false)
            #expect(running.count == 1)
            try await fleet.killHub()
            let gone = ContinuousClock.now
            try await until("the end of the container", seconds: 40) {
                try await self.rented(engine, all: false).isEmpty
            }
            #expect(ContinuousClock.now - gone < .seconds(18))
        }
    }

    @Test(
        "an image that is nowhere is told in the engine's words, and an engine that is not there by its place",
        .enabled(if: canRent))
    func wrongLocally() async throws {
        try await withLocal { fleet, engine, _ in
            let run = try await fleet.run(
                "run", "--rent", "--provider", "local", "--image", "127.0.0.1:1/nothing", "--name", "nothing",
                "--detach", "--", "true")
            #expect(run.code == 0, "\(run.err)")
            try await until("the engine's words", seconds: 60) {
                let list = try await fleet.run("workload", "list", "-o", "json")
                return list.text.contains("no such image") && list.text.contains("connection refused")
            }
            let left = try await rented(engine, all: true)
            #expect(left.isEmpty)
            let imported = try await fleet.run(
                "provider", "import", "gone", "builtin:local", "--server", "unix:///nowhere/engine.sock")
            #expect(imported.code == 0, "\(imported.err)")
            let offers = try await fleet.run("provider", "offers", "--provider", "gone")
            let words = "cannot connect to unix:///nowhere/engine.sock: no such file or directory"
            #expect((offers.text + offers.err).contains(words), "\(offers.text) \(offers.err)")
            let rent = try await fleet.run("instance", "rent", "--provider", "gone")
            #expect(rent.code != 0 && rent.err.contains(words), "\(rent.err)")
        }
    }

    @Test(
        "a container that ends before its spoke comes is told in the engine's words, and removed",
        arguments: RealEngine.Kind.here)
    func endedEarly(_ kind: RealEngine.Kind) async throws {
        try await withLocal(kind) { fleet, engine in
            // It has a shell and no C library; Docker's has not even a way to the hub.
            let image = "127.0.0.1:1/busybox"
            try await engine.docker("tag", "busybox", image)
            let rented = try await fleet.run("instance", "rent", "--image", image, seconds: 120)
            #expect(rented.code != 0, "\(rented.text)")
            let list = try await fleet.run("instance", "list", "--all")
            #expect(list.text.contains("local calls it stopped: Exited ("), "\(list.text) \(rented.err)")
            try await until("no container left") { try await self.rented(engine, all: true).isEmpty }
            try await engine.docker("rmi", image)
        }
    }

    @Test(
        "a machine of a fake provider that is a container: rented, worked on, given back, and nothing is left",
        .enabled(if: canRent), arguments: Shop.Kind.allCases)
    func rentedContainer(_ kind: Shop.Kind) async throws {
        let engine = try #require(RealEngine.all[.podman])
        let image = try await engine.machineImage()
        try await Renter.with(kind, machines: { _ in ContainerMachines(engine) }) { renter in
            let rented = try await renter.fleet.run("instance", "rent", "--gpus", "1", "--image", image, seconds: 120)
            #expect(rented.code == 0, "\(rented.text) \(rented.err) \(renter.words)")
            let nodes = try await renter.fleet.run("node", "list", "-q")
            let node = nodes.text.trimmingCharacters(in: .whitespacesAndNewlines)
            let run = try await renter.fleet.run("run", "--node", node, "--", "sh", "-c", "echo here; exit 3")
            #expect(run.code == 3 && run.text == "here\n", "\(run.err)")
            let released = try await renter.fleet.run("instance", "release", String(node.suffix(6)), seconds: 120)
            #expect(released.code == 0 && released.text.contains("terminated"), "\(released.text) \(released.err)")
            #expect(renter.provider.account.existing.isEmpty && renter.provider.account.instances.count == 1)
            await renter.provider.account.hooksFinished()
            let left = try await engine.docker("ps", "--all", "--quiet", "--filter", "name=machine-")
            #expect(left.text.isEmpty)
        }
    }
}
