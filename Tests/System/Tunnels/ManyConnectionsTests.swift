import Foundation
import TestKit
import Testing

extension StormTests {
    @Test("2,000 idle connections and 200 busy ones go through one; a reader that stalls holds up only itself")
    func many() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            // Idle ones stay in its queue: this process shall not have so many descriptors.
            let server = try TCPSocket.listening(queue: 4_096)
            let made = try await fleet.run(
                "tunnel", "create", "--node", "one", "--endpoint", "tcp://127.0.0.1:\(server.port)", "-o", "json")
            let view = try #require(try made.json() as? [String: Any], "\(made.err)")
            let url = try #require(view["url"] as? String)
            let port = try #require(Int(url.split(separator: ":").last ?? ""))
            // Those with which it was tried, from the node, from the hub and from here.
            _ = try await blocking { try (0..<3).map { _ in try server.accept() } }
            let (stalled, far) = try await blocking { (try TCPSocket.connected(to: port), try server.accept()) }
            let pushing = Thread { try? far.send([UInt8](repeating: 1, count: 30_000_000)) }
            pushing.start()
            let busy = try await blocking {
                try (0..<200).map { _ in (near: try TCPSocket.connected(to: port), far: try server.accept()) }
            }
            let idle = try Program(
                "/bin/bash",
                [
                    "-c",
                    """
                    ulimit -n 3000
                    for i in $(seq 2000); do exec {f}<>/dev/tcp/127.0.0.1/\(port) || exit 1; done
                    echo open; exec sleep 60
                    """,
                ], environment: fleet.environment, folder: fleet.folder)
            try await until("2,000 idle ones") { idle.outputSoFar.contains("open") }
            let id = try #require(view["id"] as? String)
            try await until("all of them at the hub") {
                try await open(fleet, id) == 2_201
            }
            try await blocking {
                let block = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
                for _ in 0..<5 {
                    for one in busy { try one.near.send(block) }
                    for one in busy { #expect(try one.far.receive(exactly: block.count) == block) }
                    for one in busy { try one.far.send(block) }
                    for one in busy { #expect(try one.near.receive(exactly: block.count) == block) }
                }
                stalled.reset()
                for one in busy { one.near.reset() }
            }
            idle.signal(SIGKILL)
            _ = await idle.wait()
            // Their other ends are still open, until the tunnel is not.
            #expect(try await fleet.run("tunnel", "disable", id).code == 0)
            try await until("the end of all") {
                try await open(fleet, id) == 0
            }
        }
    }

    /// How many connections of a tunnel stand.
    private func open(_ fleet: Fleet, _ tunnel: String) async throws -> Int? {
        let shown = try await fleet.run("tunnel", "show", tunnel, "-o", "json").json() as? [String: Any]
        return (shown?["stats"] as? [String: Any])?["open"] as? Int
    }
}
