import Foundation
import TestKit
import Testing

@Suite(
    "a spoke as the first process of a container, on the real binary", .serialized,
    .enabled("a pid namespace needs root") { Machine.canMakeNamespaces })
struct InitTests {
    /// Runs a spoke as PID 1 of a namespace; `body` gets its pid out here.
    private func withInit(
        _ fleet: Fleet, _ body: (_ container: Program, _ first: Int32) async throws -> Void
    ) async throws {
        try await fleet.join("one")
        let container = try fleet.shell(
            "exec unshare -pf --mount-proc --kill-child '\(BuiltBinary.path())' spoke run --state-dir '\(fleet.path("one"))'"
        )
        // Takes the namespace with it, and with that all that ran there.
        defer { container.signal(SIGKILL) }
        try await until("spoke_connected") { container.outputSoFar.contains("spoke_connected") }
        try await body(container, try #require(Machine.children(of: container.pid).first))
    }

    private func connections(_ container: Program) -> Int {
        container.outputSoFar.split(separator: "\n").count { $0.contains("spoke_connected") }
    }

    @Test("it reaps orphans, and starts its worker again when that is killed, while workloads go on")
    func reaps() async throws {
        try await Fleet.with { fleet in
            try await withInit(fleet) { container, first in
                let id = try await fleet.submit(["--", "sleep", "600"])
                try await until("running") { try await fleet.workload(id)["state"] as? String == "running" }
                let orphan = try await fleet.run("exec", "one", "--", "sh", "-c", "(sleep 0.1 >/dev/null 2>&1 &)")
                #expect(orphan.code == 0)
                try await until("no zombie") {
                    let zombies = try await fleet.run(
                        "exec", "one", "--", "sh", "-c", "cat /proc/[0-9]*/stat | grep -c ') [Z] '")
                    return zombies.text == "0\n"
                }
                let worker = try #require(Machine.children(of: first, naming: "run").first)
                kill(worker, SIGKILL)
                try await until("a new worker") { connections(container) == 2 }
                #expect(container.errorsSoFar.contains("signal KILL ended the spoke"))
                #expect(try await fleet.workload(id)["state"] as? String == "running")
                #expect(try await fleet.workload(id)["attempts"].map { "\($0)" }?.contains("lost") == false)
            }
        }
    }

    @Test("a signal to stop is passed on, and the worker's code is the container's")
    func stops() async throws {
        try await Fleet.with { fleet in
            try await withInit(fleet) { container, first in
                kill(first, SIGTERM)
                let ended = await container.wait(seconds: 70)
                #expect(ended.code == 0, "\(ended.err)")
                #expect(ended.text.contains("spoke_shutdown"))
            }
        }
        try await Fleet.with { fleet in
            let never = try fleet.shell(
                "exec unshare -pf --mount-proc --kill-child '\(BuiltBinary.path())' spoke run --state-dir '\(fleet.path("none"))'"
            )
            let ended = await never.wait(seconds: 60)
            #expect(ended.code == 78)
            #expect(ended.err.contains("no spoke has joined"))
        }
    }
}
