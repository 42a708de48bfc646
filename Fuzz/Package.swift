// swift-tools-version: 6.2
import PackageDescription

/// The settings of the product's modules, and what a fuzzer needs of them: coverage of every edge and comparison, memory
/// checked at each access, the checks of unsafe pointers that an optimised build leaves out, internals to be imported.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .unsafeFlags([
        "-sanitize=fuzzer,address", "-parse-as-library", "-enable-testing", "-assert-config", "Debug",
    ]),
]

/// Third-party products, named once.
enum Lib {
    static let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
    static let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
    static let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
    static let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
    static let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
    static let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
    static let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
    static let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
    static let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
    static let log = Target.Dependency.product(name: "Logging", package: "swift-log")
    static let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
    static let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
    static let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
    static let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTP = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
    static let yams = Target.Dependency.product(name: "Yams", package: "Yams")
}

/// A module of the product, built here from its own sources (`Product` leads to them): only so its code is covered, and
/// the product's package stays without flags of this kind. The list is that of the product's package.
func module(_ name: String, _ path: String, _ dependencies: [Target.Dependency], without: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Product/" + path, exclude: without, swiftSettings: house)
}

let package = Package(
    name: "capstan-fuzz",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "fuzz", targets: ["fuzz"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "capstan", "Agent", "Core", "Mapping", "Market", "OpenAPI", "SpokeOperations", "Engine", "Processes",
                "Link",
                "Operations",
                "Archive", "CallProtocol", "Daemon",
                "Formats", Lib.log, Lib.nioCore, Lib.nioEmbedded,
            ],
            path: "Sources/fuzz", swiftSettings: house,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
        // The command line as a library: its entry point would be a second one.
        module(
            "capstan", "CLI",
            [
                "API", "Providers", "Mapping", "Core", "Market", "Proxy", "OpenAPI", "Store", "Agent",
                "SpokeOperations",
                "Engine",
                "Processes", "Tunnels", "Link",
                "Operations", "Archive", "CallProtocol",
                "Daemon", "Database", "Formats", Lib.arguments, Lib.yams, Lib.log, Lib.crypto, Lib.nioCore,
                Lib.nioPosix,
            ], without: ["Main.swift"]),

        module(
            "API", "Hub/API",
            [
                "Core", "Proxy", "Operations", "CallProtocol", "Daemon", Lib.hummingbird, Lib.httpTypes, Lib.log,
                Lib.nioCore, Lib.nioHTTP1,
            ]),
        module(
            "Providers", "Hub/Providers",
            [
                "Core", "Mapping", "Market", "OpenAPI", "Operations", "CallProtocol", "Formats", Lib.asyncHTTP, Lib.log,
                Lib.crypto, Lib.nioCore,
                Lib.nioPosix, Lib.nioHTTP1, Lib.nioSSL,
            ]),
        module("Mapping", "Hub/Mapping", ["Market", "OpenAPI", "Operations", "CallProtocol", "Formats"]),
        module(
            "Core", "Hub/Core",
            [
                "Store", "Market", "Proxy", "Tunnels", "Operations", "Link", "CallProtocol", "Formats", Lib.log,
                Lib.nioCore,
                Lib.nioHTTP1, Lib.crypto,
            ]),
        module("Market", "Hub/Market", ["CallProtocol"]),
        module(
            "Proxy", "Hub/Proxy",
            ["Tunnels", "Operations", "Link", "CallProtocol", Lib.nioCore, Lib.nioHTTP1, Lib.nioSSL]),
        module("OpenAPI", "Hub/OpenAPI", ["Operations", "CallProtocol", "Formats", Lib.nioCore, Lib.yams]),
        module("Store", "Hub/Store", ["Database", Lib.grdb]),

        module(
            "Agent", "Spoke/Agent",
            ["Operations", "Link", "CallProtocol", "Daemon", "Database", Lib.log, Lib.nioCore, Lib.crypto]),
        module("Engine", "Spoke/Engine", ["CallProtocol", Lib.nioCore, Lib.nioPosix, Lib.nioHTTP1]),
        module(
            "SpokeOperations", "Spoke/Operations",
            [
                "Operations", "Engine", "Archive", "Tunnels", "CallProtocol", "Processes", "Database", "Formats",
                Lib.grdb,
                Lib.log, Lib.nioCore,
                Lib.crypto,
            ]),

        module(
            "Link", "Shared/Link",
            [
                "CallProtocol", Lib.nioCore, Lib.nioPosix, Lib.nioTLS, Lib.nioSSL, Lib.crypto, Lib.x509, Lib.asn1,
                Lib.log, Lib.heap,
            ]),
        module(
            "Tunnels", "Shared/Tunnels",
            [
                "Operations", "Link", "CallProtocol", Lib.nioCore, Lib.nioPosix, Lib.nioHTTP1, Lib.nioTLS, Lib.nioSSL,
            ]),
        module("Operations", "Shared/Operations", ["CallProtocol", "Formats", Lib.nioCore, Lib.log]),
        module("CallProtocol", "Shared/CallProtocol", [Lib.nioCore]),
        module("Processes", "Shared/Processes", ["CProcesses", Lib.nioCore, Lib.nioPosix]),
        .target(name: "CProcesses", path: "Product/Shared/CProcesses"),
        module("Database", "Shared/Database", [Lib.grdb]),
        module("Daemon", "Shared/Daemon", ["Formats", Lib.log, Lib.crypto]),
        module("Archive", "Shared/Archive", ["CallProtocol", "Daemon", Lib.nioCore, Lib.crypto]),
        module("Formats", "Shared/Formats", []),
    ]
)
