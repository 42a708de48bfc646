import ArgumentParser
import Core
import Formats
import Link
import Proxy

/// How a hub answers over HTTP.
struct WebOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where HTTP is answered, or off; port 0 picks one.", valueName: "addr:port|off"))
    var http = "127.0.0.1:7480"

    @Option(
        name: .customLong("http-cert"),
        help: "The certificate for HTTPS with those above it, PEM; read again when it changes.",
        completion: .file())
    var certificate: String?

    @Option(name: .customLong("http-key"), help: "Its key, PEM.", completion: .file()) var key: String?

    @Option(
        name: .customLong("tunnel-url"),
        help: ArgumentHelp(
            "What the names of HTTP tunnels lie below, as seen from outside: http(s)://DOMAIN[:PORT].", valueName: "url"
        ))
    var tunnelURL: String?

    @Option(
        name: .customLong("trusted-proxy"),
        help: ArgumentHelp(
            "A proxy before the hub that is believed about whom it speaks for: an address or a network; repeatable.",
            valueName: "cidr"))
    var trustedProxies: [String] = []

    @Option(
        name: .customLong("program-url"),
        help: ArgumentHelp(
            "Where rented machines get this program: the HTTP address as they see it, http(s)://HOST[:PORT].",
            valueName: "url"))
    var programURL: String?

    /// What is asked for, read.
    func settings() throws -> WebSettings? {
        guard http != "off" else {
            guard certificate == nil, key == nil, tunnelURL == nil, trustedProxies.isEmpty, programURL == nil else {
                throw Failure.misuse("--http off, and there is more said of HTTP")
            }
            return nil
        }
        guard let listen = HostPort(http, defaultPort: 7480) else {
            throw Failure.misuse("--http: `\(CellText.line(http))` is neither ADDR:PORT nor off")
        }
        guard (certificate == nil) == (key == nil) else {
            throw Failure.misuse("--http-cert and --http-key belong together")
        }
        let trusted = try trustedProxies.map { text in
            guard let range = AddressRange(text) else {
                throw Failure.misuse("--trusted-proxy: `\(CellText.line(text))` is neither an address nor a network")
            }
            return range
        }
        if let programURL, !programURL.hasPrefix("http://"), !programURL.hasPrefix("https://") {
            throw Failure.misuse(
                "--program-url: `\(CellText.line(programURL))` begins with neither http:// nor https://")
        }
        return WebSettings(
            listen: listen, programURL: programURL,
            certificate: certificate.flatMap { chain in key.map { (chain, $0) } },
            tunnels: try tunnelURL.map { try TunnelURL($0) }, trusted: TrustedProxies(trusted))
    }
}

/// How a hub answers over HTTP.
struct WebSettings {
    let listen: HostPort
    /// What `--program-url` says.
    let programURL: String?
    /// The files of the certificate and its key; nil for plain HTTP.
    let certificate: (chain: String, key: String)?
    let tunnels: TunnelURL?
    let trusted: TrustedProxies

    /// Where rented machines get this program; nil where HTTP is answered to this machine alone and others dial the hub.
    func programURL(advertised: [HostPort]) -> String? {
        if let programURL { return Self.withPort(programURL) }
        guard let host = advertised.first?.host, listen.port != 0,
            LocalAddresses.isLoopback(host) || !LocalAddresses.isLoopback(listen.host)
        else { return nil }
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(certificate == nil ? "http" : "https")://\(name):\(listen.port)"
    }

    /// The same with a port, which not every program adds that machines have.
    static func withPort(_ url: String) -> String {
        let bare = url.hasSuffix("/") ? String(url.dropLast()) : url
        let authority = bare.drop { $0 != "/" }.dropFirst(2)
        let hasPort = authority.split(separator: "]").last?.contains(":") == true
        return hasPort ? bare : "\(bare):\(bare.hasPrefix("https:") ? 443 : 80)"
    }

    /// Where the names of tunnels are reached.
    /// - Parameter advertised: by which the hub is known.
    func place(advertised: [HostPort]) -> WebPlace {
        let own = Set(advertised.map { $0.host.lowercased() } + ["localhost", listen.host.lowercased()])
        let isSecure = tunnels?.isSecure ?? (certificate != nil)
        return WebPlace(
            domain: tunnels?.domain ?? domain(advertised), isSecure: isSecure,
            port: tunnels.map { $0.port ?? ($0.isSecure ? 443 : 80) }, reserved: own,
            isListeningSecure: certificate != nil)
    }

    /// Where nothing is said: below the hub's own name, or below `localhost` for a hub that only its own machine reaches.
    private func domain(_ advertised: [HostPort]) -> String? {
        if LocalAddresses.isLoopback(listen.host) { return "localhost" }
        return advertised.map { $0.host.lowercased() }.first { host in
            !LocalAddresses.isLoopback(host) && host.contains(".") && host.contains { $0.isLetter && $0.isASCII }
                && !host.contains(":")
        }
    }
}

/// `http(s)://DOMAIN[:PORT]`.
struct TunnelURL: Hashable {
    let domain: String
    let isSecure: Bool
    let port: Int?

    init(_ text: String) throws {
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count == 2 ? (parts[1].last == "/" ? parts[1].dropLast() : parts[1]) : ""
        guard parts.count == 2, ["http", "https"].contains(parts[0].lowercased()),
            let place = HostPort(String(rest), defaultPort: 0), TunnelNames.isName(place.host.lowercased())
        else {
            throw Failure.misuse(
                "--tunnel-url: `\(CellText.line(text))` is not http://DOMAIN or https://DOMAIN, with a port where it is not the usual one"
            )
        }
        domain = place.host.lowercased()
        isSecure = parts[0].lowercased() == "https"
        port = place.port == 0 ? nil : place.port
    }
}
