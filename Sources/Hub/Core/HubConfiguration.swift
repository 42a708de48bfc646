import Crypto
package import Link

/// What a hub is started with.
package struct HubConfiguration: Sendable {
    package var stateDirectory: String
    /// What tokens tell spokes to dial.
    package var advertised: [HostPort]
    package var software: String
    /// What values in the store are sealed with, ``secretKeyLength`` bytes. One that is not kept is lost with the process, and with
    /// it the values.
    package var secretKey = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    package static let secretKeyLength = 32
    /// How long a node without a link is `disconnected` before it is `offline`.
    package var graceMs: Int64 = 30_000
    /// How long after `offline`, or the hub's start, an attempt is given up as `lost`.
    package var lostAfterMs: Int64 = 600_000
    /// How long links may take to finish what is under way when the hub stops.
    package var drainMs: Int64 = 5_000
    package var placement: Placement.Policy = .binPack
    /// How often a workload may be tried again after its attempt was lost, when it does not say so itself.
    package var defaultRetries = 3
    /// Where the connections of TCP tunnels are taken; nil for a hub that has none.
    package var tunnels: TunnelPlace?
    /// Where the names of HTTP tunnels are reached; nil for a hub that answers no HTTP.
    package var web: WebPlace?
    /// Connections that all tunnels may have together: whoever connects without end shall not keep the fleet out.
    package var tunnelConnections = 1_000

    /// What is handed out to machines that are to become nodes; nil for a hub that hands nothing out.
    package var handedOut: HandedOut?
    /// `http://HOST:PORT` of this hub, as rented machines see it; nil where they do not.
    package var programURL: String?
    package var rentTimes = InstanceTimes()
    /// How often a provider is asked what is there.
    package var rentListingMs: Int64 = 60_000
    /// For how long a rented machine goes on without its hub.
    package var rentLeaseMs: Int64 = 900_000
    /// How long what bears this hub's names, and is known to none of its rows, is left alone.
    package var rentOrphanMs: Int64 = 300_000
    /// For how long an instance may cost after it is not needed any more, at worst.
    package var rentHoldMs: Int64 { rentLeaseMs + rentListingMs }

    package init(stateDirectory: String, advertised: [HostPort], software: String) {
        self.stateDirectory = stateDirectory
        self.advertised = advertised
        self.software = software
    }
}
