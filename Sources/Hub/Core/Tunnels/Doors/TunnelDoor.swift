import NIOCore

/// Where a tunnel's connections come in: a port of its own, or a name on the hub's HTTP listener.
protocol TunnelDoor: Sendable {
    /// What people connect to.
    var url: String { get }
    var standing: DoorStanding { get }
    /// Opens it where it is not open yet. - Returns: whether its standing is another one now.
    func open(for tunnel: Tunnel) async -> Bool
    func close()
    /// Comes in as others do, and waits to come out at the endpoint.
    func attempt(_ tunnel: Tunnel) async -> Tunnel.Finding
    /// Notes what became of a connection. - Returns: whether somebody waits to hear that.
    func note(_ address: SocketAddress?, _ outcome: Tunnel.Finding) -> Bool
    /// Whether a request that shows this is the hub's own try of the way.
    func isOwn(check: String?) -> Bool
}

/// Whether anybody can come in.
enum DoorStanding: Hashable, Sendable {
    case open
    /// Nobody can, and why where that is known.
    case shut(String?)
}
