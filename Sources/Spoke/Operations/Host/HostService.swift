import CallProtocol
import Operations
import Processes
import Synchronization

/// Tells what the machine is and how it does. One sampler serves all who watch.
final class HostService: Sendable {
    /// What the spoke itself adds to a sample.
    struct Counts: Sendable {
        var sessions: Int
        var attempts: Int
        var tunnelConnections: Int
        var warnings: [String]
        var engine: HostStatus.Engine?
    }

    private struct Sampling: Sendable {
        var last: HostStatus?
        var takenAt: ContinuousClock.Instant?
        var stat: ProcStat?
        var busy: Double?
    }

    /// A sample that is younger than this is used again; changes are told no faster.
    private static let freshness = Duration.seconds(1)
    /// Below so many hundredths of free disk there is a warning.
    private static let scarceDisk: Int64 = 5

    private let configuration: SpokeConfiguration
    private let limits: HostFacts.Limits
    private let reader: HostReader
    private let probe: GPUProbe
    private let gpuWatch: GPUWatch
    private let diskWatch: DiskWatch
    private let counts: @Sendable () async -> Counts
    /// Fires when sessions or attempts have changed.
    let changed = Signal()
    private let started: ContinuousClock.Instant
    private let gpus = Mutex<[HostFacts.GPU]?>(nil)
    private let sampling: Mutex<Sampling>
    private let turn = Permits(1)

    init(
        _ configuration: SpokeConfiguration, environment: ProgramEnvironment, limits: HostFacts.Limits,
        counts: @escaping @Sendable () async -> Counts
    ) {
        self.configuration = configuration
        self.limits = limits
        self.counts = counts
        let reader = HostReader(configuration: configuration)
        let probe = GPUProbe(environment: environment, clock: configuration.clock)
        self.reader = reader
        self.probe = probe
        gpuWatch = GPUWatch(clock: configuration.clock) { await probe.uses() }
        let directory = configuration.stateDirectory
        diskWatch = DiskWatch(clock: configuration.clock) {
            DiskWatch.Reading(disks: reader.disks(), own: reader.disk(directory))
        }
        started = .now
        sampling = Mutex(Sampling(stat: reader.stat()))
    }

    /// Asks for what takes its time while the spoke runs. Returns when its task is cancelled.
    func run() async { await gpuWatch.run() }

    func facts() async throws -> HostFacts {
        let gpus = await self.probedGPUs()
        let disks = try await diskWatch.read().reading?.disks
        let reader = reader
        let configuration = configuration
        let limits = limits
        return try await offload {
            let names = SystemNames.current
            var facts = HostFacts(
                hostname: names.host, os: reader.systemName(), arch: names.machine, cpus: reader.processors(),
                memory: reader.memory()?.total ?? 0)
            facts.kernel = names.release
            facts.disks = disks
            facts.gpus = gpus
            facts.limits = limits
            facts.container = configuration.isContainer
            facts.virtualization = reader.virtualization()
            facts.hostFingerprint = configuration.hostFingerprint
            facts.providerInstance = configuration.providerInstance
            facts.software = configuration.software
            facts.protocolVersion = Int(ProtocolVersion.current)
            return facts
        }
    }

    /// A snapshot at once, then one every interval and on change, at least a second apart.
    func watch(_ input: HostStatusInput, to sink: OutputSink) async throws {
        let interval = Duration.seconds(min(300, max(5, input.intervalSeconds ?? 15)))
        while true {
            let count = changed.count
            try await sink.send(try await sample())
            try await configuration.clock.sleep(for: Self.freshness)
            _ = try await inTime(interval - Self.freshness, clock: configuration.clock) {
                try await self.changed.wait(after: count)
            }
        }
    }

    /// The GPUs are asked for until there is an answer: the tool takes a second on a loaded machine. Nil where there is
    /// none yet.
    private func probedGPUs() async -> [HostFacts.GPU]? {
        if let known = gpus.withLock({ $0 }) { return known }
        let found = await probe.gpus()
        if let found { gpus.withLock { $0 = found } }
        return found
    }

    /// The present state; the same for all who ask within a second.
    func sample() async throws -> HostStatus {
        try await turn.with {
            if let (status, age) = sampling.withLock({ sampling in
                sampling.last.flatMap { status in sampling.takenAt.map { (status, $0.duration(to: .now)) } }
            }), age < Self.freshness {
                return status
            }
            let status = try await take()
            sampling.withLock { sampling in
                sampling.last = status
                sampling.takenAt = .now
            }
            return status
        }
    }

    private func take() async throws -> HostStatus {
        let counts = await counts()
        let reader = reader
        let directory = configuration.stateDirectory
        let (stat, memory, load, own, network) = try await offload {
            (reader.stat(), reader.memory(), reader.load1(), reader.ownMemory(), reader.network())
        }
        let (disks, isLate) = try await diskWatch.read()
        let disk = disks?.own
        var status = HostStatus(
            now: configuration.timestamp, sessions: counts.sessions, attempts: counts.attempts,
            spokeUptimeSeconds: Int(started.duration(to: .now).components.seconds), warnings: counts.warnings)
        status.tunnelConnections = counts.tunnelConnections
        status.cpuPercent = sampling.withLock { sampling in
            if let stat, let earlier = sampling.stat, let busy = stat.busyPercent(since: earlier) {
                sampling.busy = busy
                sampling.stat = stat
            }
            return sampling.busy
        }
        status.load1 = load
        status.memoryUsed = memory?.used
        status.memoryTotal = memory?.total
        status.diskFree = disk?.free
        status.diskTotal = disk?.total
        status.disks = disks?.disks
        status.network = network
        status.gpus = gpuWatch.last
        status.engine = counts.engine
        status.spokeMemory = own
        if let disk, disk.free < disk.total / 100 * Self.scarceDisk {
            status.warnings.append("the disk of \(directory) is nearly full: \(disk.free >> 20) MiB are free")
        }
        if isLate { status.warnings.append("a file system does not answer: the figures of the disks are old") }
        return status.bounded()
    }
}
