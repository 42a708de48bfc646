/// What one module of ours is for, and therefore what it may import.
struct ModuleRule {
    let name: String
    /// From the root of the repository.
    let folder: String
    /// Modules of ours that it may import.
    let imports: Set<String>
    /// Why every other import of ours is wrong for it; one sentence, shown when the test fails.
    let reason: String

    private init(_ name: String, _ folder: String, _ imports: Set<String>, _ reason: String) {
        self.name = name
        self.folder = "Sources/" + folder
        self.imports = imports
        self.reason = reason
    }

    /// The house, from the top down. A module may not import what stands above it.
    static let all: [ModuleRule] = [
        ModuleRule(
            "capstan", "CLI",
            [
                "API", "Providers", "Mapping", "Core", "Market", "Proxy", "OpenAPI", "Store", "Agent",
                "SpokeOperations",
                "Engine", "Link",
                "Operations", "Archive", "Tunnels", "CallProtocol", "Processes", "Database", "Daemon", "Formats",
            ],
            "the executable only composes the others, and nothing imports an executable"),
        ModuleRule(
            "API", "Hub/API", ["Core", "Proxy", "Operations", "CallProtocol", "Daemon"],
            "the public face shows what the hub's core can do; it reaches no table, link or program past the core"),
        ModuleRule(
            "Providers", "Hub/Providers",
            ["Core", "Mapping", "Market", "OpenAPI", "Operations", "CallProtocol", "Formats"],
            "a provider is a company's API behind one protocol of the core; how the hub stores or links is not its matter"
        ),
        ModuleRule(
            "Mapping", "Hub/Mapping", ["Market", "OpenAPI", "Operations", "CallProtocol", "Formats"],
            "what people write about a provider is read and worked out without one, and without a hub"),
        ModuleRule(
            "Core", "Hub/Core",
            ["Store", "Market", "Proxy", "Tunnels", "Operations", "Link", "CallProtocol", "Formats"],
            "the core decides who is connected and where calls and workloads go; it is driven by faces and daemons above "
                + "it and reaches disks only through Store"),
        ModuleRule(
            "Market", "Hub/Market", ["CallProtocol"],
            "the words for what is rented are those of whoever decides and of whoever calls; they depend on neither"),
        ModuleRule(
            "Proxy", "Hub/Proxy", ["Tunnels", "Operations", "Link", "CallProtocol"],
            "requests are passed on to what the routes say; which tunnel that is, and who may use it, is the core's to decide"
        ),
        ModuleRule(
            "OpenAPI", "Hub/OpenAPI", ["Operations", "CallProtocol", "Formats"],
            "turning documents into operations is pure: no hub, no link and no database is needed to test it"),
        ModuleRule(
            "Store", "Hub/Store", ["Database"],
            "the store is durable truth; if it knew operations or links, a change of the protocol would be a migration"),
        ModuleRule(
            "Agent", "Spoke/Agent", ["Operations", "Link", "CallProtocol", "Daemon", "Database"],
            "the agent is a spoke for whatever registry it is given; what the operations do is SpokeOperations' matter"),
        ModuleRule(
            "SpokeOperations", "Spoke/Operations",
            ["Operations", "Engine", "Archive", "Tunnels", "CallProtocol", "Processes", "Database", "Formats"],
            "operations do work on the machine for any caller; they are tested without a link and without a daemon"),
        ModuleRule(
            "Engine", "Spoke/Engine", ["CallProtocol"],
            "the engine's client asks and reads; what may be asked, and by whom, is decided by the operations above it"),
        ModuleRule(
            "Tunnels", "Shared/Tunnels", ["Operations", "Link", "CallProtocol"],
            "connections are relayed the same way by hub, node and command line; which ones is decided above"),
        ModuleRule(
            "Link", "Shared/Link", ["CallProtocol"],
            "a link carries streams and serves a handler it is given; it has never heard of operations"),
        ModuleRule(
            "Operations", "Shared/Operations", ["CallProtocol", "Formats"],
            "operations are dispatched over an abstract stream, so that each can be tested with no network"),
        ModuleRule(
            "Archive", "Shared/Archive", ["CallProtocol", "Daemon"],
            "a tree becomes bytes and bytes a tree, on either side; how they travel is not its matter"),
        ModuleRule(
            "CallProtocol", "Shared/CallProtocol", [],
            "the protocol is pure values and state machines on bytes, and everything else stands on it"),
        ModuleRule(
            "Processes", "Shared/Processes", ["CProcesses"],
            "starting and watching programs is a tool for operations and knows none of them"
        ),
        ModuleRule(
            "CProcesses", "Shared/CProcesses", [], "the system calls that Swift cannot spell; it has nothing to import"),
        ModuleRule(
            "Database", "Shared/Database", [],
            "opening SQLite the one right way is the same for hub and spoke and knows neither"),
        ModuleRule(
            "Daemon", "Shared/Daemon", ["Formats"],
            "starting, locking, logging and stopping a process is the same for hub and spoke and knows neither"),
        ModuleRule(
            "Formats", "Shared/Formats", [],
            "times, sizes, durations and ids as text are the same for everybody; what they are used for is not their matter"
        ),
    ]

    /// Arrows that tempt, with a reason of their own.
    private static let temptations: [String: String] = [
        "Agent>SpokeOperations":
            "the agent serves any registry; the executable gives it the spoke's operations, so that tests can give it others",
        "Link>Operations":
            "the link serves a handler it is given, so that tunnels and tests can use it without a registry",
        "Core>API": "the public face is a projection of the core; the core must work with no HTTP at all",
        "API>Store": "the API asks the core; if it read tables, it would pass by the access rules",
        "API>Link": "the API calls operations through the core, which knows who is connected",
        "Daemon>Database": "a lock and a log must work before, and without, any database",
        "Core>Daemon":
            "the core is run by a daemon, not the other way round; it takes its clock, log and folders as values",
    ]

    /// Why `importer` may not import `imported`.
    static func reason(_ importer: ModuleRule, _ imported: String) -> String {
        if let special = temptations["\(importer.name)>\(imported)"] { return special }
        let other = all.first { $0.name == imported }
        let sides = Set(
            [importer.folder, other?.folder ?? ""].compactMap { $0.split(separator: "/").dropFirst().first })
        if sides == ["Hub", "Spoke"] {
            return "hub and spoke never import each other: their contract is Operations and CallProtocol"
        }
        return importer.reason
    }
}
