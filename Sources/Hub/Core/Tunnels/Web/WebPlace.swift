/// Where the names of HTTP tunnels are reached.
package struct WebPlace: Sendable {
    /// What new names lie below; nil where the hub is known by its address alone.
    package var domain: String?
    /// As it is seen from outside, where a proxy may stand in front.
    package var isSecure: Bool
    /// Nil for the port that the hub listens on.
    package var port: Int?
    /// Names that are the hub's own.
    package var reserved: Set<String>
    /// Whether the hub's own listener speaks TLS.
    package var isListeningSecure: Bool

    package init(domain: String?, isSecure: Bool, port: Int?, reserved: Set<String>, isListeningSecure: Bool) {
        self.domain = domain
        self.isSecure = isSecure
        self.port = port
        self.reserved = reserved
        self.isListeningSecure = isListeningSecure
    }

    /// A name as clients call it, with the port where it is not the usual one.
    /// - Parameter listening: the port that the hub listens on.
    func authority(_ hostname: String, listening: Int?) -> String {
        let (usual, port) = (isSecure ? 443 : 80, port ?? listening)
        return port == nil || port == usual ? hostname : "\(hostname):\(port ?? usual)"
    }

    func url(_ hostname: String, listening: Int?) -> String {
        "\(isSecure ? "https" : "http")://\(authority(hostname, listening: listening))"
    }
}
