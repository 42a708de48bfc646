package import NIOCore

/// Where a hub takes the connections of tunnels.
package struct TunnelPlace: Sendable {
    /// The address that is listened on.
    package var host: String
    /// The ports that tunnels may have.
    package var ports: ClosedRange<Int>
    /// What people are told to connect to.
    package var publicHost: String
    package var group: any EventLoopGroup

    package init(host: String, ports: ClosedRange<Int>, publicHost: String, group: any EventLoopGroup) {
        self.host = host
        self.ports = ports
        self.publicHost = publicHost
        self.group = group
    }
}
