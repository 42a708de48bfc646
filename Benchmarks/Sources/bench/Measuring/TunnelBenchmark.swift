/// Connections through a tunnel of the hub: throughput both ways with one and with eight, the time until a byte has come back, and
/// a ping; beside `ssh -R` with aes128-gcm and beside a hop of TLS by haproxy.
struct TunnelBenchmark: Benchmark {
    let name = "tunnel"
    private let rounds = 5

    func run(_ workshop: Workshop) throws -> [Row] {
        let endpoint = try Endpoint()
        let fleet = try Fleet(workshop, name: name)
        defer { fleet.stop() }
        try fleet.addSpoke("node")
        let ours = try fleet.tunnel(to: endpoint.port)
        let server = try PrivateSSHD(workshop, name: name + "-ssh")
        defer { server.stop() }
        let ssh = try Workshop.freePort()
        let reverse = try Child(server.reverse(ssh, to: endpoint.port))
        defer { reverse.stop() }
        try Loopback.await(ssh)
        let haproxy = try PrivateHAProxy(workshop, name: name + "-haproxy", to: endpoint.port)
        defer { haproxy.stop() }
        return try throughput(ours, ssh, "ssh") + throughput(ours, haproxy.port, "haproxy") + [
            row("tunnel-open", ours, haproxy.port, "us", TunnelLoad.open),
            row("tunnel-ping", ours, ssh, "us", TunnelLoad.ping),
        ]
    }

    private func throughput(_ ours: Int, _ peer: Int, _ name: String) throws -> [Row] {
        try [1, 8].flatMap { connections in
            [
                try row("tunnel/up-\(connections)-\(name)", ours, peer, "GB/s") { try TunnelLoad.up($0, connections) },
                try row("tunnel/down-\(connections)-\(name)", ours, peer, "GB/s") {
                    try TunnelLoad.down($0, connections)
                },
            ]
        }
    }

    private func row(
        _ name: String, _ ours: Int, _ peer: Int, _ unit: String, _ body: (Int) throws -> Double
    ) throws -> Row {
        let both = try alternate(rounds, ours: { try body(ours) }, peer: { try body(peer) })
        return Row(name, ours: both.ours, peer: both.peer, unit: unit)
    }
}
