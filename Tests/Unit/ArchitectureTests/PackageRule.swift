/// Where a module of another package may be imported. One home each keeps it exchangeable and its quirks in one place.
struct PackageRule {
    let module: String
    /// Nil: everywhere.
    let homes: Set<String>?
    let reason: String

    private init(_ module: String, in homes: Set<String>?, _ reason: String) {
        self.module = module
        self.homes = homes
        self.reason = reason
    }

    static let all: [PackageRule] = [
        PackageRule(
            "GRDB", in: ["Database", "Store", "SpokeOperations"],
            "SQL is written where tables live: the hub's Store and the spoke's journal; Database opens them"),
        PackageRule(
            "Hummingbird", in: ["API", "Agent"],
            "HTTP is spoken by the public face and by the spoke's local API; all else is operations over links"),
        PackageRule("HummingbirdWebSocket", in: ["API"], "WebSockets belong to the public face"),
        PackageRule(
            "NIOSSL", in: ["Link", "Tunnels", "Proxy", "Providers"],
            "TLS between our peers is the link's; endpoints and browsers speak their own"),
        PackageRule("NIOTLS", in: ["Link", "Tunnels"], "ALPN and handshake events belong to who dials and accepts"),
        PackageRule("X509", in: ["Link"], "a peer is its key: certificates are only the link's envelope for it"),
        PackageRule("SwiftASN1", in: ["Link"], "DER is read where certificates are"),
        PackageRule("ArgumentParser", in: ["capstan"], "flags are the executable's; modules take typed values"),
        PackageRule(
            "Yams", in: ["capstan", "OpenAPI"],
            "YAML is a form in which people write configuration and jobs, and companies the documents of their APIs"),
        PackageRule(
            "Subprocess", in: ["Processes"], "programs are started in one place, with signals and descriptors reset"),
        PackageRule("AsyncHTTPClient", in: ["Providers"], "only providers are called over HTTP"),
        PackageRule(
            "ServiceLifecycle", in: ["API", "Agent", "capstan"], "what runs is composed at the top, not below"
        ),
        PackageRule(
            "NIOPosix", in: ["Link", "Tunnels", "Engine", "Processes", "Providers", "capstan"],
            "sockets are opened by the link, the tunnels and the engine's client, terminals read on the loop of their link, and event "
                + "loops made by the executable; others are given both, and Providers knows from it why a connection could not be made"
        ),
        PackageRule(
            "NIOHTTP1", in: ["Engine", "Tunnels", "Proxy", "Providers", "Core", "API"],
            "HTTP/1.1 is spoken with engines, and by tunnels; what is asked over links is operations"),
        PackageRule("HTTPTypes", in: ["API"], "what Hummingbird calls a request is known where its router is"),
        PackageRule("HeapModule", in: ["Link"], "many times behind one timer: the link's; other queues are tables"),
        PackageRule("NIOEmbedded", in: [], "an embedded event loop is for tests"),
        PackageRule(
            "Logging",
            in: [
                "Link", "Operations", "Daemon", "Agent", "SpokeOperations", "Core", "Providers", "API", "capstan",
            ],
            "CallProtocol, Store, Database and Processes return what happened and leave it to their callers to log it"),
        PackageRule(
            "Crypto", in: ["Link", "Daemon", "Archive", "Agent", "SpokeOperations", "Core", "Providers", "capstan"],
            "hashes and signatures are made by those who know what they sign; the protocol and the tables only carry them"
        ),
        PackageRule(
            "NIOCore",
            in: [
                "CallProtocol", "Link", "Operations", "Archive", "Tunnels", "Proxy", "OpenAPI", "Providers", "Agent",
                "Engine",
                "SpokeOperations", "Core",
                "API", "Processes", "capstan",
            ],
            "the store and the daemon's tools know no event loop"),
        PackageRule("NIOConcurrencyHelpers", in: [], "locks are Mutex of the standard library"),
    ]

    /// What comes with the toolchain or the system, and may be imported anywhere.
    static let system: Set<String> = [
        "Swift", "Synchronization", "FoundationEssentials", "Foundation", "Dispatch", "Glibc", "Musl", "Darwin",
        "RegexBuilder",
    ]
}
