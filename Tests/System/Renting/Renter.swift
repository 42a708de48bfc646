import Foundation
import Synchronization
import TestKit
import Testing

/// A hub of the real binary that rents at a fake provider, whose instances are processes of the real binary on this machine:
/// each begins with what the hub ordered and nothing else, and gets its program from the hub.
final class Renter: Sendable {
    let fleet: Fleet
    let provider: FakeRunPod
    private let programs = Mutex<[String: Program]>([:])

    private let tools: String?

    private init(_ fleet: Fleet, _ provider: FakeRunPod, _ tools: String?) {
        self.tools = tools
        self.fleet = fleet
        self.provider = provider
    }

    /// - Parameter tools: what machines find for programs; nil for what this one has.
    static func with(tools: String? = nil, _ body: (Renter) async throws -> Void) async throws {
        try await FakeRunPod.with(pace: .after(.milliseconds(200))) { provider in
            try await Fleet.with { fleet in
                let renter = Renter(fleet, provider, tools)
                provider.account.setHooks(
                    InstanceHooks(
                        onCreate: { renter.boot($0) }, onStop: { renter.end($0) }, onTerminate: { renter.end($0) }))
                try await renter.fleet.killHub()
                try await renter.startHub()
                try await renter.importProvider()
                try renter.layOutTools()
                let result: Result<Void, any Error>
                do { result = .success(try await body(renter)) } catch { result = .failure(error) }
                for program in renter.programs.withLock({ Array($0.values) }) {
                    program.signal(SIGKILL)
                    _ = await program.wait(seconds: 10)
                }
                try result.get()
            }
        }
    }

    private let httpPort = (try? Fleet.freeListeningPort()) ?? 0

    /// As every time, so that machines that were rented before find their program there.
    func startHub() async throws {
        try await fleet.startHub(["--http", "127.0.0.1:\(httpPort)", "--rent-lease", "8s", "--rent-listing", "2s"])
    }

    private func importProvider() async throws {
        let files = ["runpod.yaml": FakeRunPod.document, "key": provider.settings.token]
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: fleet.path(name))) }
        let imported = try await fleet.run(
            "provider", "import", "runpod", fleet.path("runpod.yaml"), "--server", provider.server.baseURL,
            "--mapping", "builtin:runpod", "--credential", "file:\(fleet.path("key"))")
        #expect(imported.code == 0, "\(imported.err)")
    }

    /// Runs what the instance is to begin with, in an environment that has nothing but what the provider gives.
    private func boot(_ instance: FakeInstance) {
        guard !instance.isPlanted else { return }
        var environment = instance.containerEnv
        environment["PATH"] = tools.map { fleet.path($0) } ?? "/usr/bin:/bin"
        environment["CAPSTAN_DIR"] = fleet.path("instance-" + instance.id)
        let words = instance.command
        guard let first = words.first,
            let program = try? Program(
                "/usr/bin/env", [first] + words.dropFirst(), environment: environment, folder: fleet.folder)
        else { return }
        programs.withLock { $0[instance.id] = program }
    }

    /// What an image has that has next to nothing: a shell, and what belongs to every one.
    private func layOutTools() throws {
        guard let tools else { return }
        try FileManager.default.createDirectory(atPath: fleet.path(tools), withIntermediateDirectories: true)
        for name in ["sh", "bash", "mkdir", "sha256sum", "cut", "rm", "chmod", "sleep", "uname", "base64", "cat"] {
            try FileManager.default.createSymbolicLink(
                atPath: fleet.path(tools) + "/" + name, withDestinationPath: "/bin/" + name)
        }
    }

    private func end(_ instance: FakeInstance) {
        programs.withLock { $0[instance.id] }?.signal(SIGKILL)
    }

    func program(_ id: String) -> Program? { programs.withLock { $0[id] } }

    /// What machines have said.
    var words: String {
        programs.withLock { $0.values.map { "\($0.pid): \($0.outputSoFar)\($0.errorsSoFar)" } }.joined(separator: "\n")
    }
}
