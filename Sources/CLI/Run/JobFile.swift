import Daemon
import Operations

/// A workload as YAML (or JSON, which is YAML too), read strictly: an unknown key is an error that names it.
enum JobFile {
    /// The workload in a file, or on stdin for `-`.
    static func read(_ path: String) async throws -> WorkloadSpec {
        try parse(try await YAMLFile.read(path, as: "a workload"), name: YAMLFile.name(path))
    }

    /// - Parameter name: what messages call the file.
    /// - Throws: a ``Failure`` with the line, exit code 65.
    static func parse(_ text: String, name: String) throws -> WorkloadSpec {
        var fields = try YAMLFile.fields(text, name: name)
        var spec = WorkloadSpec(cmd: [])
        spec.name = try fields.text("name")
        spec.cmd = try fields.texts("cmd") ?? []
        spec.image = try fields.text("image")
        spec.pull = try fields.choice("pull")
        spec.mounts = try fields.mounts("mounts")
        spec.user = try fields.text("user")
        spec.node = try fields.text("node")
        spec.labels = try fields.selectors("labels")
        spec.cpus = try fields.number("cpus", in: WorkloadRanges.cpus)
        spec.memory = try fields.size("memory")
        spec.gpus = try fields.integer("gpus", in: WorkloadRanges.gpus)
        spec.gpuModel = try fields.text("gpuModel")
        spec.env = try fields.map("env")
        spec.cwd = try fields.text("cwd")
        spec.priority = try fields.integer("priority", in: WorkloadRanges.priority)
        spec.retries = try fields.integer("retries", in: WorkloadRanges.retries)
        spec.retryOnFailure = try fields.bool("retryOnFailure")
        spec.timeLimitMs = try fields.duration("timeLimit")?.milliseconds
        spec.logLimitBytes = try fields.size("logLimit")
        if var terms = try fields.object("rent") {
            var rent = RentTerms()
            rent.maxPrice = try terms.number("maxPrice", in: 0...1_000_000)
            rent.maxCost = try terms.number("maxCost", in: 0...1_000_000)
            rent.provider = try terms.text("provider")
            rent.region = try terms.text("region")
            rent.spot = try terms.bool("spot")
            rent.vram = try terms.size("vram")
            rent.disk = try terms.size("disk")
            rent.idleMs = try terms.duration("idle")?.milliseconds
            try terms.finish()
            spec.rent = rent
        }
        try fields.finish()
        return spec
    }
}
