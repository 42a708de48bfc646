import ArgumentParser
import Daemon
import Formats
import Operations

/// The fields of a workload as options.
struct JobOptions: ParsableArguments {
    @Option(help: "A name; left out, the program's.") var name: String?

    @Option(help: "Run it as a container of this image.", completion: .images) var image: String?

    @Option(help: "When the image is fetched: missing, always, never.") var pull: ImagePullPolicy?

    @Option(
        name: .customLong("mount"),
        help: ArgumentHelp(
            "Give the container type=bind|volume|tmpfs,source=S,target=T[,readonly]; repeatable.", valueName: "mount"))
    var mounts: [String] = []

    @Option(help: "The user of the image to run it as.") var user: String?

    @Option(help: "Run on this node only.", completion: .nodes) var node: String?

    @Option(
        name: .customLong("label"),
        help: ArgumentHelp("Run on a node with this label; repeatable: k=v, k!=v, k, !k.", valueName: "selector"))
    var labels: [String] = []

    @Option(parsing: .unconditional, help: "Processors to reserve; parts are allowed.") var cpus: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Memory to reserve: 512M, 4G.", valueName: "size"), transform: { try ByteSize.parse($0) })
    var memory: Int64?

    @Option(parsing: .unconditional, help: "GPUs to reserve.") var gpus: Int?

    @Option(help: ArgumentHelp("A GPU whose name has these words: A100.", valueName: "words")) var gpuModel: String?

    @Option(name: .customLong("env"), help: ArgumentHelp("A variable; repeatable.", valueName: "name=value"))
    var environment: [String] = []

    @Option(help: "The program's working directory on the node; else the home of the user that the spoke runs as.")
    var cwd: String?

    @Option(parsing: .unconditional, help: "0 to 100, higher goes first; 50 when left out.") var priority: Int?

    @Option(
        parsing: .unconditional, help: "How often to try again when a node is lost, or with --retry-on-failure; else 3."
    ) var retries: Int?

    @Flag(name: .customLong("retry-on-failure"), help: "Try again also after an exit code other than 0.")
    var retryOnFailure = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("End it after this time: 90s, 2h.", valueName: "duration"),
        transform: { try DurationText.parse($0) })
    var timeLimit: Duration?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Keep at most this much output.", valueName: "size"), transform: { try ByteSize.parse($0) })
    var logLimit: Int64?

    @Flag(help: "Rent a machine for it, where none of one's own has room.") var rent = false

    @Option(help: ArgumentHelp("With --rent: for an hour, at most.", valueName: "price")) var maxPrice: Double?

    @Option(help: ArgumentHelp("With --rent: what its machines may cost altogether.", valueName: "amount"))
    var maxCost: Double?

    @Option(help: "With --rent: only this provider's machines.") var provider: String?

    @Option(help: "With --rent: a region or its beginning, or a country's letters.") var region: String?

    @Flag(help: "With --rent: those too that the provider takes back when it likes.") var spot = false

    /// Puts what was given over what is there.
    /// - Throws: a ``Failure`` or `LabelError` for a value that cannot be.
    func apply(to spec: inout WorkloadSpec) throws {
        spec.name = name ?? spec.name
        spec.image = image ?? spec.image
        spec.pull = pull ?? spec.pull
        spec.user = user ?? spec.user
        if !mounts.isEmpty { spec.mounts = (spec.mounts ?? []) + (try mounts.map { try ContainerMount(argument: $0) }) }
        spec.node = node ?? spec.node
        if !labels.isEmpty { spec.labels = (spec.labels ?? []) + labels }
        _ = try LabelSelector(parsing: spec.labels ?? [])
        spec.cpus = cpus ?? spec.cpus
        spec.memory = memory ?? spec.memory
        spec.gpus = gpus ?? spec.gpus
        spec.gpuModel = gpuModel ?? spec.gpuModel
        if !environment.isEmpty {
            spec.env = (spec.env ?? [:]).merging(try EnvironmentArgument.parse(environment)) { _, new in new }
        }
        spec.cwd = cwd ?? spec.cwd
        spec.priority = priority ?? spec.priority
        spec.retries = retries ?? spec.retries
        if retryOnFailure { spec.retryOnFailure = true }
        if let timeLimit { spec.timeLimitMs = timeLimit.milliseconds }
        spec.logLimitBytes = logLimit ?? spec.logLimitBytes
        try applyRent(to: &spec)
        try check()
    }

    private func applyRent(to spec: inout WorkloadSpec) throws {
        guard rent || spec.rent != nil else {
            let stray = [
                ("--max-price", maxPrice != nil), ("--max-cost", maxCost != nil), ("--provider", provider != nil),
                ("--region", region != nil),
                ("--spot", spot),
            ].first { $0.1 }
            if let stray { throw Failure.misuse("\(stray.0) goes with --rent") }
            return
        }
        var terms = spec.rent ?? RentTerms()
        terms.maxPrice = maxPrice ?? terms.maxPrice
        terms.maxCost = maxCost ?? terms.maxCost
        terms.provider = provider ?? terms.provider
        terms.region = region ?? terms.region
        if spot { terms.spot = true }
        spec.rent = terms
    }

    /// What came from a file has been checked with its line.
    private func check() throws {
        if cwd?.isEmpty == true { throw Failure.misuse("--cwd is empty; give it a directory of the node") }
        if name?.isEmpty == true { throw Failure.misuse("--name is empty; leave it out for the program's") }
        if let cpus, !WorkloadRanges.cpus.contains(cpus) {
            throw Failure.misuse("--cpus \(cpus) is not between 0 and 4096")
        }
        if let gpus, !WorkloadRanges.gpus.contains(gpus) {
            throw Failure.misuse("--gpus \(gpus) is not between 0 and 1024")
        }
        if let priority, !WorkloadRanges.priority.contains(priority) {
            throw Failure.misuse("--priority \(priority) is not between 0 and 100")
        }
        if let retries, !WorkloadRanges.retries.contains(retries) {
            throw Failure.misuse("--retries \(retries) is not between 0 and 1000")
        }
        if let timeLimit, timeLimit < .milliseconds(1) {
            throw Failure.misuse("--time-limit must be longer than nothing")
        }
    }
}
