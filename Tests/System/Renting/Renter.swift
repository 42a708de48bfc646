import Foundation
import TestKit
import Testing

/// A hub of the real binary that rents at a fake provider, whose instances are real machines of a kind: each begins with what the
/// hub ordered and nothing else, and gets its program from the hub.
final class Renter: Sendable {
    let fleet: Fleet
    let provider: Shop
    private let machines: any Machines
    private let httpPort: Int

    private init(_ fleet: Fleet, _ provider: Shop, _ machines: any Machines) throws {
        (self.fleet, self.provider, self.machines) = (fleet, provider, machines)
        httpPort = try LoopbackPorts.free()
    }

    /// With processes of this machine for instances.
    /// - Parameter tools: what they find for programs; nil for what this machine has.
    static func with(tools: String? = nil, _ body: (Renter) async throws -> Void) async throws {
        try await with(.runpod, machines: { try ProcessMachines($0, tools: tools) }, body)
    }

    static func with(
        _ kind: Shop.Kind, machines: (Fleet) throws -> any Machines, _ body: (Renter) async throws -> Void
    ) async throws {
        try await Shop.with(kind) { provider in
            try await Fleet.with { fleet in
                let machines = try machines(fleet)
                let renter = try Renter(fleet, provider, machines)
                provider.account.setHooks(
                    InstanceHooks(
                        onCreate: { if !$0.isPlanted { await machines.boot($0) } }, onStop: { await machines.end($0) },
                        onTerminate: { await machines.end($0) }))
                try await fleet.killHub()
                try await renter.startHub()
                try await renter.importProvider()
                let result: Result<Void, any Error>
                do { result = .success(try await body(renter)) } catch { result = .failure(error) }
                // What boots later would outlive its fleet.
                provider.account.setHooks(InstanceHooks())
                await provider.account.hooksFinished()
                await machines.endAll()
                try result.get()
            }
        }
    }

    /// As every time, so that machines that were rented before find their program there.
    func startHub() async throws { try await fleet.startRentingHub(http: httpPort) }

    private func importProvider() async throws {
        let files = ["document.yaml": provider.document, "key": provider.token]
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: fleet.path(name))) }
        let name = provider.kind.rawValue
        let imported = try await fleet.run(
            "provider", "import", name, fleet.path("document.yaml"), "--server", provider.server.baseURL,
            "--mapping", "builtin:" + name, "--credential", "file:\(fleet.path("key"))")
        #expect(imported.code == 0, "\(imported.err)")
    }

    /// What machines have said.
    var words: String { machines.words }
}

extension Fleet {
    /// Starts a hub from which machines get their program, with a short lease, that often looks what is there.
    func startRentingHub(http port: Int) async throws {
        try await startHub(["--http", "127.0.0.1:\(port)", "--rent-lease", "8s", "--rent-listing", "2s"])
    }
}
