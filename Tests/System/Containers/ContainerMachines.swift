import Synchronization
import TestKit

/// Instances as containers of a real engine, by its command line client.
final class ContainerMachines: Machines {
    private let engine: RealEngine
    private let failures = Mutex<[String]>([])

    init(_ engine: RealEngine) { self.engine = engine }

    private func name(_ instance: FakeInstance) -> String { "machine-" + instance.id }

    func boot(_ instance: FakeInstance) async {
        let variables = instance.containerEnv.flatMap { ["--env", "\($0.key)=\($0.value)"] }
        let line = ["run", "--detach", "--network", "host", "--name", name(instance)] + variables + [instance.image]
        let started = try? await engine.docker(line + instance.command)
        if started?.code != 0 { failures.withLock { $0.append(started?.err ?? "no client") } }
    }

    func end(_ instance: FakeInstance) async { _ = try? await engine.docker("rm", "--force", name(instance)) }

    func endAll() async {
        let all = try? await engine.docker("ps", "--all", "--quiet", "--filter", "name=machine-")
        for id in all?.text.split(separator: "\n") ?? [] { _ = try? await engine.docker("rm", "--force", String(id)) }
    }

    var words: String { failures.withLock { $0.joined(separator: "\n") } }
}
