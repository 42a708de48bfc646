/// What a machine tells of itself.
package enum HostOperations {
    package static let facts = Operation<Empty, HostFacts>(
        "host/facts", .query, summary: "What the machine is: system, processors, memory, disks, GPUs")

    package static let status = Operation<HostStatusInput, HostStatus>(
        "host/status", .subscription,
        summary: "How the machine is: load, memory, disks, network, GPUs, sessions, attempts, connections of tunnels",
        description: """
            A snapshot at once, then every `intervalSeconds` and on change, at least 1 s apart; 4 KiB at most. Disks are
            the local ones; GPU use is 15 s old at most.
            """)
}

/// Facts that do not change while the spoke runs. What the system does not tell is left out.
package struct HostFacts: Described, Hashable {
    package var hostname: String
    package var os: String
    package var arch: String
    package var cpus: Int
    package var memory: Int64
    package var kernel: String?
    package var disks: [Disk]?
    /// None when empty; left out where the machine could not tell, and then those known before may still be there.
    package var gpus: [GPU]?
    /// Whether cpus and memory of process workloads are limits here, or only accounting.
    package var limits: Limits?
    package var container: Bool?
    package var virtualization: String?
    package var hostFingerprint: String?
    package var providerInstance: String?
    package var software: String?
    package var protocolVersion: Int?

    package enum Limits: String, Codable, Sendable, CaseIterable {
        case accounting, enforced
    }

    package struct Disk: Codable, Sendable, Hashable {
        package var mount: String
        package var total: Int64
        package var free: Int64

        package init(mount: String, total: Int64, free: Int64) {
            self.mount = mount
            self.total = total
            self.free = free
        }

        static let schema = JSONSchema.object(
            ["mount": .string(), "total": .bytes, "free": .bytes], required: ["mount", "total", "free"])
    }

    package struct GPU: Codable, Sendable, Hashable {
        package var vendor: String
        package var model: String
        package var memory: Int64?

        package init(vendor: String, model: String, memory: Int64?) {
            self.vendor = vendor
            self.model = model
            self.memory = memory
        }
    }

    package init(hostname: String, os: String, arch: String, cpus: Int, memory: Int64) {
        self.hostname = hostname
        self.os = os
        self.arch = arch
        self.cpus = cpus
        self.memory = memory
    }

    package static let schema = JSONSchema.object(
        [
            "hostname": .string(), "os": .string(), "arch": .string(), "cpus": .integer(minimum: 0), "memory": .bytes,
            "kernel": .string(),
            "disks": .array(of: Disk.schema),
            "gpus": .array(
                of: .object(
                    ["vendor": .string(), "model": .string(), "memory": .bytes], required: ["vendor", "model"])),
            "limits": .enumeration(Limits.self), "container": .boolean, "virtualization": .string(),
            "hostFingerprint": .string(), "providerInstance": .string(), "software": .string(),
            "protocolVersion": .integer(minimum: 0),
        ], required: ["hostname", "os", "arch", "cpus", "memory"])
}

package struct HostStatusInput: Described, Hashable {
    /// Clamped to 5 to 300.
    package var intervalSeconds: Int?

    package init(intervalSeconds: Int? = nil) {
        self.intervalSeconds = intervalSeconds
    }

    package static let schema = JSONSchema.object(
        ["intervalSeconds": .integer().describe("Clamped to 5 to 300; 15 when left out")], required: [])
}

package struct HostStatus: Described, Hashable {
    /// RFC 3339, by the node's clock.
    package var now: String
    /// 0 to 100 of all processors together.
    package var cpuPercent: Double?
    package var load1: Double?
    package var memoryUsed: Int64?
    package var memoryTotal: Int64?
    /// Of the file system that holds the spoke's state.
    package var diskFree: Int64?
    package var diskTotal: Int64?
    /// The local file systems.
    package var disks: [HostFacts.Disk]?
    package var network: [Interface]?
    /// Left out where there is no tool to ask.
    package var gpus: [GPUUse]?
    /// The container engine; left out where none was ever seen.
    package var engine: Engine?
    package var sessions: Int
    package var attempts: Int
    /// Open connections from here, of tunnels and of `capstan forward`.
    package var tunnelConnections: Int?
    package var spokeUptimeSeconds: Int
    package var spokeMemory: Int64?
    /// What an operator should know, in words; empty when all is well.
    package var warnings: [String]
    /// Whether lists were cut to keep the status small.
    package var shortened: Bool?

    package init(now: String, sessions: Int, attempts: Int, spokeUptimeSeconds: Int, warnings: [String]) {
        self.now = now
        self.sessions = sessions
        self.attempts = attempts
        self.spokeUptimeSeconds = spokeUptimeSeconds
        self.warnings = warnings
    }

    package static let schema = JSONSchema.object(
        [
            "now": .timestamp, "cpuPercent": .number(minimum: 0), "load1": .number(minimum: 0), "memoryUsed": .bytes,
            "memoryTotal": .bytes, "diskFree": .bytes, "diskTotal": .bytes,
            "disks": .array(of: HostFacts.Disk.schema), "network": .array(of: Interface.schema),
            "gpus": .array(of: GPUUse.schema), "engine": Engine.schema, "sessions": .integer(minimum: 0),
            "attempts": .integer(minimum: 0), "tunnelConnections": .integer(minimum: 0),
            "spokeUptimeSeconds": .integer(minimum: 0), "spokeMemory": .bytes,
            "warnings": .array(of: .string()), "shortened": .boolean,
        ], required: ["now", "sessions", "attempts", "spokeUptimeSeconds", "warnings"])
}
