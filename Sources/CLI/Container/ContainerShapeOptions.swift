import ArgumentParser
import Formats
import Operations

/// What a container gets of its machine, as options.
struct ContainerShapeOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "Processors at most; parts are allowed.") var cpus: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Memory at most: 512M, 4G.", valueName: "size"), transform: { try ByteSize.parse($0) })
    var memory: Int64?

    @Option(parsing: .unconditional, help: "So many GPUs; -1 for all.") var gpus: Int?

    @Option(help: "The user of the image to run it as.") var user: String?

    @Option(help: "The program's working directory.") var workdir: String?

    @Option(
        name: .customLong("mount"),
        help: ArgumentHelp(
            "type=bind|volume|tmpfs,source=S,target=T[,readonly]; repeatable.", valueName: "mount"))
    var mounts: [String] = []

    func apply(to spec: inout ContainerSpec) throws {
        if let cpus, !WorkloadRanges.cpus.contains(cpus) {
            throw Failure.misuse("--cpus \(cpus) is not between 0 and 4096")
        }
        if cpus != nil || memory != nil || gpus != nil {
            spec.resources = ContainerResources(
                cpus: cpus, memoryMB: memory.map { $0 / (1 << 20) + ($0 % (1 << 20) > 0 ? 1 : 0) }, gpus: gpus)
        }
        spec.user = user
        spec.workdir = workdir
        spec.mounts = mounts.isEmpty ? nil : try mounts.map { try ContainerMount(argument: $0) }
    }
}
