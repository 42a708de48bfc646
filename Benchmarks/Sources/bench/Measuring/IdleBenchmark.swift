import Glibc

/// The memory of daemons that have nothing to do.
struct IdleBenchmark: Benchmark {
    let name = "idle"
    private let rounds = 5

    func run(_ workshop: Workshop) throws -> [Row] {
        var (hubs, spokes, peers): ([ProcessMemory], [ProcessMemory], [ProcessMemory]) = ([], [], [])
        for round in 0..<rounds {
            let fleet = try Fleet(workshop, name: "idle-\(round)")
            defer { fleet.stop() }
            sleep(1)
            hubs.append(try ProcessMemory(pid: fleet.hub.pid))
            try fleet.addSpoke("node")
            let peer = try PrivateSSHD(workshop, name: "ssh-\(round)")
            defer { peer.stop() }
            try peer.share()
            sleep(1)
            for spoke in fleet.spokes { spokes.append(try ProcessMemory(pid: spoke.pid)) }
            peers.append(try family(of: peer.server.pid))
        }
        return [
            Row("idle-hub-base/rss", ours: hubs.map(\.rss), unit: "MiB"),
            Row("idle-hub-base/pss", ours: hubs.map(\.pss), unit: "MiB"),
            Row("idle-spoke/rss", ours: spokes.map(\.rss), peer: peers.map(\.rss), unit: "MiB"),
            Row("idle-spoke/pss", ours: spokes.map(\.pss), peer: peers.map(\.pss), unit: "MiB"),
        ]
    }

    /// sshd with the processes of one session.
    private func family(of pid: Int32) throws -> ProcessMemory {
        let members = try ProcessMemory.family(of: pid).map { try ProcessMemory(pid: $0) }
        return ProcessMemory(rss: members.reduce(0) { $0 + $1.rss }, pss: members.reduce(0) { $0 + $1.pss })
    }
}
