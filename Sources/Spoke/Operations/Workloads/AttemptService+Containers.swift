import CallProtocol
import Engine
import Glibc
import Logging
import NIOCore
import Operations
import Processes

/// Attempts that are containers: what carries one runs under a supervisor, as any program does.
extension AttemptService {
    /// Seconds from a wish to end a container to SIGKILL, and what its carrier has beyond that.
    private static var grace: Int { 10 }
    private static var afterwards: Int { 5 }
    private static var removalLimit: Duration { .seconds(10) }
    /// Between two looks at whether a container runs: an image may take its time to come.
    private static var firstLook: Duration { .milliseconds(10) }
    private static var longestLook: Duration { .milliseconds(500) }

    private func verdictPath(_ id: String) -> String { configuration.containersDirectory + "/" + id }

    /// What is known of an attempt's container; nil for one that is none.
    func verdict(_ id: String) -> ContainerVerdict? { ContainerVerdict.read(verdictPath(id)) }

    /// The end of an attempt with what its carrier knows of the container.
    func judge(_ id: String, _ end: AttemptEnd) -> AttemptEnd {
        guard case .exited(let record) = end, let verdict = verdict(id) else { return end }
        return verdict.end(record)
    }

    /// Starts what carries the attempt's container.
    func launchContainer(
        _ row: AttemptRow, _ spec: WorkloadSpec, _ directory: String
    ) async throws -> AttemptEnd? {
        let session: EngineSession
        do throws(EngineAbsence) {
            session = try await containers.watch.session()
        } catch {
            return .noSupervisor(CallError(error).message)
        }
        let job = ContainerJob(
            engine: session.client.address.path, spec: ContainerSpec(spec), labels: labels(row),
            labelPrefix: configuration.labelPrefix, name: ContainerService.name(ofAttempt: row.id),
            verdict: try absolute(configuration.containersDirectory) + "/" + row.id, graceSeconds: Self.grace)
        // From here on it is known to be a container.
        guard ContainerVerdict().write(verdictPath(row.id)) else {
            return .noSupervisor("disk full on \(configuration.node): there is no room to note the container")
        }
        let process = ProcessSpec(
            arguments: [configuration.executable, "carry"], environment: environment.variables(nil, directory: "/"),
            workingDirectory: "/")
        var supervised = SupervisorSpec(process: process)
        supervised.killGraceMs = UInt64(Self.grace + Self.afterwards) * 1000
        supervised.timeLimitMs = spec.timeLimitMs.map { UInt64(clamping: $0) }
        if let limit = spec.logLimitBytes { supervised.logLimitBytes = UInt64(clamping: limit) }
        supervised.input = Array(try JSONCoding.encode(job).buffer.readableBytesView)
        return try await supervise(row, supervised, directory)
    }

    /// A path as a process elsewhere finds it.
    private func absolute(_ path: String) throws -> String {
        guard let real = realpath(path, nil) else { throw SystemError("find \(path)", code: errno) }
        defer { free(real) }
        return String(cString: real)
    }

    private func labels(_ row: AttemptRow) -> [String: String] {
        let names = containers.labels
        var labels = [
            names.managed: "true", names.node: containers.node, names.workload: row.workload, names.attempt: row.id,
        ]
        labels[names.owner] = row.owner
        return labels
    }

    /// Waits until the attempt's container runs, or its carrier has ended; not at all for one that is no container.
    /// - Returns: whether its program was started.
    func awaitContainer(_ row: AttemptRow, _ directory: String) async throws -> Bool {
        var pause = Self.firstLook
        while let verdict = verdict(row.id), verdict.startedMs == nil {
            guard case .running = try SupervisorClient.inspect(directory) else {
                return self.verdict(row.id)?.startedMs != nil
            }
            try await configuration.clock.sleep(for: pause)
            pause = min(pause * 2, Self.longestLook)
        }
        return true
    }

    /// Takes away the container of an attempt whose carrier was killed, before its end is told: another attempt may
    /// follow. An engine that does not answer is not waited for; the sweep comes by later.
    func removeContainer(_ id: String) async {
        guard let verdict = verdict(id), !verdict.hasExited, let container = verdict.id else { return }
        _ = try? await inTime(Self.removalLimit, clock: configuration.clock) { [containers] in
            try await containers.discard(container)
        }
    }

    /// Lets go of an attempt whose end is written, and of what was kept for its container.
    func settleContainer(_ id: String) async {
        let left = verdict(id)
        unlink(verdictPath(id))
        letGo(id)
        // A carrier takes its container away itself, where it can.
        if left?.hasExited == false { await sweepContainers() }
    }

    /// Sweeps each time that the engine has come.
    func sweepContainersOnReturn() async {
        var count: UInt64 = 0
        while (try? await containers.watch.changed.wait(after: count)) != nil {
            count = containers.watch.changed.count
            await sweepContainers()
        }
    }

    /// Removes the containers of this node's attempts that have ended; what carried them was killed before it could. An
    /// engine that does not answer is asked again later.
    func sweepContainers() async {
        guard case .ready = containers.watch.standing else { return }
        do {
            for view in try await containers.attempts() {
                guard let attempt = view.attempt else { continue }
                let row = try await store.read { try AttemptTable.find($0, attempt) }
                guard row?.isActive != true else { continue }
                try await containers.discard(view.id)
                logger.notice("container removed", metadata: ["attempt": .string(attempt)])
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("containers not swept", metadata: ["error": .string("\(error)")])
        }
    }
}

extension ContainerService {
    /// The containers that were made for attempts of this node, whatever their state.
    func attempts() async throws -> [ContainerView] {
        let views = try await labelled(["\(labels.node)=\(node)", labels.attempt], all: true)
        // An image that was made of such a container hands its labels on.
        return views.filter { $0.name == Self.name(ofAttempt: $0.attempt ?? "") }
    }

    /// What the container of an attempt is called.
    static func name(ofAttempt id: String) -> String { "capstan-" + id.lowercased() }

    /// Removes a container whatever it does; one that is gone is none.
    func discard(_ id: String) async throws {
        let query = [(name: "force", value: "1"), (name: "v", value: "1")]
        do {
            _ = try await asking { try await $0.value(EngineRequest(.delete, Self.path(id, ""), query: query)) }
        } catch let error as CallError where error.code == ContainerError.notFound {
            return
        }
    }
}

extension ContainerSpec {
    /// A workload's container.
    init(_ spec: WorkloadSpec) {
        self.init(image: spec.image ?? "")
        cmd = spec.cmd.isEmpty ? nil : spec.cmd
        env = spec.env
        mounts = spec.mounts
        user = spec.user
        workdir = spec.cwd
        pull = spec.pull
        if spec.cpus != nil || spec.memory != nil || spec.gpus != nil {
            resources = ContainerResources(
                cpus: spec.cpus, memoryMB: spec.memory.map { $0 / (1 << 20) + ($0 % (1 << 20) > 0 ? 1 : 0) },
                gpus: spec.gpus)
        }
    }
}
