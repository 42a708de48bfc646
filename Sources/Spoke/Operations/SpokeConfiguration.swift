import Formats
import FoundationEssentials
import Glibc
import Operations
package import Processes

/// What a spoke's operations need to know of the process they run in.
package struct SpokeConfiguration: Sendable {
    /// Holds `spoke.db`, its reserve and `sessions/`; made with mode 0700 when missing.
    package var stateDirectory: String
    /// The file to run as `executable supervise DIRECTORY`, `executable guard` and `executable carry`.
    package var executable: String
    /// The node's key at this moment; a running spoke may get another one.
    package var signer: @Sendable () -> NodeSigner
    /// Name and version of the program, for people.
    package var software: String
    package var hostFingerprint: String?
    package var isContainer: Bool
    /// Which rented machine this is, by its provider's number.
    package var providerInstance: String?
    /// How messages name this machine; by default its host name.
    package var node: String
    /// The environment that programs inherit, less what is the spoke's own.
    package var environment: [String: String]
    /// Where the system's files are; another tree in tests.
    package var roots: HostRoots
    package var clock: any Clock<Duration>
    /// Unix milliseconds.
    package var now: @Sendable () -> Int64
    /// Takes the control group whose programs are limited; nil leaves cpus and memory accounting without a try.
    package var groups: GroupTakeover?
    /// The id by which the hub knows this node; it outlives its keys.
    package var nodeID = ""
    /// The container engine.
    package var engine = EnginePlace.off
    /// What Capstan's labels on containers begin with.
    package var labelPrefix = "capstan."
    /// Execs that the engine is asked for at once.
    package var execsAtOnce = 16
    /// Whether what terminals show is recorded and kept after their end.
    package var recordsSessions = false
    /// Bytes that a session's recording has, at most; what it shows later is not recorded.
    package var sessionRecordingBytes = 256 << 20
    /// Bytes that the recordings of ended sessions have together, at most: the oldest go.
    package var allRecordingsBytes = 4 << 30
    /// Journal rows from which on new work is refused.
    package var journalLimit: Int = 100_000
    /// Bytes kept back on the disk for terminal results.
    package var reserveBytes: Int = 4 << 20

    package init(
        stateDirectory: String, executable: String, signer: @escaping @Sendable () -> NodeSigner,
        software: String, hostFingerprint: String? = nil,
        isContainer: Bool = false, node: String? = nil, environment: [String: String]? = nil,
        roots: HostRoots = HostRoots(), clock: any Clock<Duration> = ContinuousClock(),
        now: @escaping @Sendable () -> Int64 = SpokeConfiguration.systemTime
    ) {
        self.stateDirectory = stateDirectory
        self.executable = executable
        self.signer = signer
        self.software = software
        self.hostFingerprint = hostFingerprint
        self.isContainer = isContainer
        self.node = node ?? SystemNames.current.host
        self.environment = environment ?? ProcessInfo.processInfo.environment
        self.roots = roots
        self.clock = clock
        self.now = now
    }

    /// Unix milliseconds by the machine's clock.
    package static let systemTime: @Sendable () -> Int64 = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Where attempts have their sessions, one folder each.
    var sessionsDirectory: String { stateDirectory + "/sessions" }

    /// Where it is written down how far copies to this machine are.
    var copiesDirectory: String { stateDirectory + "/copies" }

    /// Where callers' sessions are, one folder each.
    var terminalsDirectory: String { stateDirectory + "/terminals" }

    /// Where what carries a workload's container leaves word of it, one file each.
    var containersDirectory: String { stateDirectory + "/containers" }

    /// Now as it travels.
    var timestamp: String { RFC3339.string(now()) }
}
