// swift-tools-version: 6.2
import PackageDescription

/// The settings of every target of ours: Swift 6 mode, no warning survives, imports and existentials are spelled out.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
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

/// A module of the house; imports go down only, in the order of this file, and Tests/Unit/ArchitectureTests holds it to
/// that.
func module(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/" + path, swiftSettings: house)
}

func suite(_ name: String, _ path: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/" + path, swiftSettings: house)
}

let package = Package(
    name: "capstan",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "capstan", targets: ["capstan"])],
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
            name: "capstan",
            dependencies: [
                "API", "Providers", "Mapping", "Core", "Market", "Proxy", "OpenAPI", "Store", "Agent",
                "SpokeOperations",
                "Engine",
                "Processes", "Tunnels", "Link",
                "Operations", "Archive", "CallProtocol",
                "Daemon", "Database", "Formats", Lib.arguments, Lib.yams, Lib.log, Lib.crypto,
                Lib.nioCore,
                Lib.nioPosix,
            ],
            path: "Sources/CLI", swiftSettings: house,
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-Xclang-linker", "-no-pie", "-Xlinker", "--no-export-dynamic",
                        "-use-ld=lld", "-L", Context.packageDirectory + "/Deploy/link", "-Xclang-linker",
                        "-static-libgcc",
                    ],
                    .when(platforms: [.linux], configuration: .release))
            ]),

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
        .target(name: "CProcesses", path: "Sources/Shared/CProcesses"),
        module("Database", "Shared/Database", [Lib.grdb]),
        module("Daemon", "Shared/Daemon", ["Formats", Lib.log, Lib.crypto]),
        module("Archive", "Shared/Archive", ["CallProtocol", "Daemon", Lib.nioCore, Lib.crypto]),
        module("Formats", "Shared/Formats", []),

        .target(name: "Harness", path: "Benchmarks/Harness", swiftSettings: house),
        .executableTarget(
            name: "capstan-bench",
            dependencies: [
                "Harness", "Core", "Market", "Store", "OpenAPI", "Agent", "SpokeOperations", "Link",
                "Operations", "CallProtocol",
                "Formats",
                "Processes",
                Lib.nioCore, Lib.nioPosix, Lib.nioTLS, Lib.nioSSL, Lib.log, Lib.crypto, Lib.x509, Lib.asn1,
            ],
            path: "Benchmarks/Load", swiftSettings: house),

        .target(
            name: "TestKit",
            dependencies: ["CallProtocol", "Operations", "Link", Lib.nioCore, Lib.nioPosix, Lib.nioHTTP1],
            path: "Tests/Kit",
            swiftSettings: house),
        suite("ArchitectureTests", "Unit/ArchitectureTests", []),
        suite("CallProtocolTests", "Unit/CallProtocolTests", ["CallProtocol", "TestKit", Lib.nioCore]),
        suite(
            "OperationsTests", "Unit/OperationsTests",
            ["Operations", "CallProtocol", "Formats", "TestKit", Lib.nioCore, Lib.log]),
        suite(
            "LinkTests", "Unit/LinkTests",
            ["Link", "CallProtocol", "TestKit", Lib.nioCore, Lib.nioEmbedded, Lib.nioPosix, Lib.crypto]),
        suite(
            "TunnelsTests", "Unit/TunnelsTests",
            ["Tunnels", "Operations", "CallProtocol", "TestKit", Lib.nioCore, Lib.nioPosix]),
        suite(
            "ProxyTests", "Unit/ProxyTests",
            [
                "Proxy", "Tunnels", "Operations", "Link", "CallProtocol", "TestKit", Lib.nioCore, Lib.nioPosix,
                Lib.nioHTTP1,
            ]),
        suite("ArchiveTests", "Unit/ArchiveTests", ["Archive", "Daemon", "TestKit", Lib.nioCore]),
        suite("FormatsTests", "Unit/FormatsTests", ["Formats"]),
        suite("DaemonTests", "Unit/DaemonTests", ["Daemon", "TestKit", Lib.log]),
        suite("DatabaseTests", "Unit/DatabaseTests", ["Database", "TestKit", Lib.grdb]),
        suite(
            "ProcessesTests", "Unit/ProcessesTests",
            ["Processes", "CProcesses", "capstan", "TestKit", Lib.nioCore, Lib.nioPosix]),
        suite(
            "ProvidersTests", "Unit/ProvidersTests",
            [
                "Providers", "Mapping", "Market", "Core", "Store", "OpenAPI", "Operations", "CallProtocol", "TestKit",
                Lib.nioCore,
                Lib.nioPosix,
                Lib.log,
            ]),
        suite(
            "MappingTests", "Unit/MappingTests",
            ["Mapping", "Market", "OpenAPI", "Operations", "CallProtocol", "TestKit"]),
        suite("OpenAPITests", "Unit/OpenAPITests", ["OpenAPI", "Operations", "CallProtocol", "TestKit", Lib.nioCore]),
        suite("StoreTests", "Unit/StoreTests", ["Store", "Database", "TestKit", Lib.grdb]),
        suite(
            "CoreTests", "Unit/CoreTests",
            [
                "Core", "Market", "Store", "Operations", "Link", "CallProtocol", "Formats", "TestKit", Lib.nioCore,
                Lib.nioPosix, Lib.log, Lib.crypto,
            ]),
        suite(
            "AgentTests", "Unit/AgentTests",
            [
                "Agent", "Operations", "Link", "CallProtocol", "TestKit", Lib.nioCore, Lib.nioPosix, Lib.log,
            ]),
        suite("EngineTests", "Unit/EngineTests", ["Engine", "CallProtocol", "TestKit", Lib.nioCore]),
        suite(
            "SpokeOperationsTests", "Unit/SpokeOperationsTests",
            [
                "SpokeOperations", "Engine", "Operations", "CallProtocol", "Processes", "Database", "Formats",
                "TestKit", "capstan",
                Lib.grdb, Lib.log, Lib.nioCore, Lib.nioPosix, Lib.crypto,
            ]),
        suite(
            "CLITests", "Unit/CLITests",
            [
                "capstan", "Agent", "Core", "Store", "Operations", "CallProtocol", "Link", "Daemon", "Database",
                "TestKit", Lib.arguments, Lib.nioCore, Lib.nioPosix, Lib.nioEmbedded, Lib.log,
            ]),
        suite(
            "IntegrationTests", "Integration",
            [
                "Link", "Operations", "CallProtocol", "Core", "Store", "Agent", "Daemon", "Formats", "TestKit",
                Lib.nioCore, Lib.nioPosix, Lib.nioSSL, Lib.crypto, Lib.x509, Lib.asn1, Lib.log,
            ]),
        suite(
            "SystemTests", "System",
            [
                "capstan", "Daemon", "Link", "Mapping", "Operations", "CallProtocol", "Processes", "TestKit",
                Lib.nioCore,
                Lib.nioPosix, Lib.crypto,
            ]),
    ]
)
