import Link
import Tunnels

/// The address of a tunnel, as the hub tells it.
struct TunnelAddress {
    let place: HostPort
    let isHTTP: Bool
    private let isSecure: Bool
    private let authority: String

    init?(_ url: String) {
        let parts = url.split(separator: "://", maxSplits: 1)
        guard parts.count == 2, ["tcp", "http", "https"].contains(parts[0]) else { return nil }
        isHTTP = parts[0] != "tcp"
        isSecure = parts[0] == "https"
        authority = String(parts[1])
        guard let place = HostPort(authority, defaultPort: isHTTP ? (isSecure ? 443 : 80) : nil) else { return nil }
        self.place = place
    }

    /// Whether a request is answered by the endpoint, or by the hub because this machine may not ask it.
    func answers() async -> Bool {
        let probe = WebProbe(name: place.host, isSecure: isSecure)
        return (try? await probe.ask(host: place.host, port: place.port, authority: authority))?.isThrough == true
    }
}
