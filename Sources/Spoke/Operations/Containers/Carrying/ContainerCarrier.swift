import CallProtocol
import Engine
import Glibc
import Logging
package import NIOCore
import Operations
import Synchronization

/// Makes the container of one attempt, passes its output on, and ends as the container does.
///
/// It runs once an attempt, so that the container is started once. The engine may go away meanwhile, and is waited for.
package final class ContainerCarrier: Sendable {
    private let job: ContainerJob
    private let service: ContainerService
    private let clock: any Clock<Duration>
    private let state = Mutex(State())
    private let ended = Signal()

    private struct State {
        var verdict = ContainerVerdict()
        var shallEnd = false
    }

    /// The engine did not start the container.
    private struct NotStarted: Error {
        var code: Int32
        var reason: String
    }

    /// How long an engine that is away is waited for before there is a container.
    private static let patience = Duration.seconds(60)
    /// Codes of shells and engines for what never ran.
    private static let notRun: Int32 = 126
    private static let notFound: Int32 = 127
    private static let ofSIGTERM: Int32 = 143
    private static let ofSIGKILL = 137
    private static let wordOfKernel = Duration.milliseconds(500)

    package init(_ job: ContainerJob, group: any EventLoopGroup, clock: any Clock<Duration> = ContinuousClock()) {
        self.job = job
        self.clock = clock
        let watch = EngineWatch(
            .seen(EngineAddress(path: job.engine), group: group), clock: clock,
            logger: Logger(label: "carry") { _ in SwiftLogNoOpLogHandler() })
        service = ContainerService(
            watch: watch, labels: ContainerLabels(prefix: job.labelPrefix), execsAtOnce: 1, clock: clock, node: "")
    }

    /// Reads a job as it comes on stdin.
    package static func job(reading bytes: ByteBuffer) throws -> ContainerJob {
        try JSONCoding.decode(ContainerJob.self, from: bytes)
    }

    /// Ends the container, gently first. To be called on SIGTERM.
    package func end() {
        state.withLock { $0.shallEnd = true }
        ended.fire()
    }

    /// Runs the container to its end. - Returns: the exit code to end with.
    package func run() async -> Int32 {
        await withTaskGroup(of: Int32?.self) { group in
            group.addTask {
                await self.service.watch.run()
                return nil
            }
            group.addTask { await self.carry() }
            while let code = await group.next() {
                guard let code else { continue }
                group.cancelAll()
                return code
            }
            return Self.notRun
        }
    }

    private func carry() async -> Int32 {
        do {
            let id = try await made()
            note { $0.id = id }
            return try await live(id)
        } catch let error as NotStarted {
            note { $0.failure = error.reason }
            return (1...255).contains(error.code) ? error.code : Self.notRun
        } catch let error as CallError {
            return fail(error)
        } catch {
            return fail(CallError(.internalError, "\(error)"))
        }
    }

    private func fail(_ error: CallError) -> Int32 {
        note { verdict in
            verdict.failure = error.message
            // What has run is not tried elsewhere as if it had not.
            let isElsewhere = error.code == .unavailable || error.code == .failedPrecondition
            verdict.isMachines = isElsewhere && verdict.startedMs == nil
        }
        return shallEnd ? Self.ofSIGTERM : Self.notRun
    }

    private var shallEnd: Bool { state.withLock { $0.shallEnd } }

    /// Changes what is known, and leaves it for the spoke. What cannot be written is only less to tell.
    private func note(_ change: (inout ContainerVerdict) -> Void) {
        let verdict = state.withLock { state in
            change(&state.verdict)
            return state.verdict
        }
        verdict.write(job.verdict)
    }

    /// Makes the container, with its image fetched where need be. A wish to end it gives that up.
    private func made() async throws -> String {
        try await unlessEnding {
            let end = ContinuousClock.now + Self.patience
            while true {
                do {
                    return try await self.service.make(self.job.spec, labels: self.job.labels, name: self.job.name).id
                } catch let error as CallError where error.code == .conflict {
                    // The answer to our own request was lost with the engine.
                    let view = try await self.service.resuming { try await self.service.document(self.job.name, $0) }
                    let names = [self.service.labels.attempt, self.service.labels.node]
                    guard names.allSatisfy({ view.labels[$0] == self.job.labels[$0] }) else { throw error }
                    return view.id
                } catch let error as CallError where error.code == .unavailable {
                    guard ContinuousClock.now < end else { throw error }
                    try await self.clock.sleep(for: .seconds(1))
                }
            }
        }
    }

    /// Starts the container, follows it, and takes it away when it has ended.
    private func live(_ id: String) async throws -> Int32 {
        let code: Int32
        do {
            code = try await withThrowingTaskGroup(of: Int32?.self) { group in
                group.addTask {
                    try await self.waitForWish()
                    try await self.stop(id)
                    return nil
                }
                group.addTask { try await self.follow(id) }
                while let code = try await group.next() {
                    guard let code else { continue }
                    group.cancelAll()
                    return code
                }
                return Self.notRun
            }
        } catch {
            await remove(id)
            throw error
        }
        await remove(id)
        return code
    }

    private func follow(_ id: String) async throws -> Int32 {
        guard !shallEnd else { throw CallError(.aborted, "it was to be ended before it was started") }
        try await start(id)
        note { $0.startedMs = SpokeConfiguration.systemTime() }
        // A wish that came while it was started found nothing to stop.
        if shallEnd { try await stop(id) }
        let view = try await service.resuming { try await self.service.document(id, $0) }
        try await ContainerLogs(service: service).read(view, ContainerLogsInput(container: id, follow: true)) {
            Self.write($0)
        }
        var exit = try await service.resuming { try await self.service.exit(of: id, $0) }
        if exit.exitCode == Self.ofSIGKILL, !exit.oomKilled, job.spec.resources?.memoryMB != nil, !shallEnd {
            // The kernel's word for why comes to the engine apart from the end, and may come later.
            try await clock.sleep(for: Self.wordOfKernel)
            exit = try await service.resuming { try await self.service.exit(of: id, $0) }
        }
        note { verdict in
            verdict.hasExited = true
            verdict.oomKilled = exit.oomKilled
        }
        return Int32(truncatingIfNeeded: exit.exitCode)
    }

    /// Starts it once: where the answer is lost with the engine, its state says whether that was done.
    private func start(_ id: String) async throws {
        try await service.resuming { client in
            guard try await self.service.document(id, client).state == "created" else { return }
            do {
                _ = try await client.value(EngineRequest(.post, ContainerService.path(id, "/start")))
            } catch EngineError.refused(_, let message) {
                // Such as a program that the image has not: the engine says by its code what it is.
                let state = try await client.value(EngineRequest(.get, ContainerService.path(id, "/json")))["State"]
                let code = state?["ExitCode"]?.integerValue.flatMap { Int32(exactly: $0) } ?? 0
                // Podman leaves no code, but says of every runtime in its own words what was missing.
                let isMissing = code == 0 && message.contains("command that was not found")
                throw NotStarted(code: isMissing ? Self.notFound : code, reason: message)
            }
        }
    }

    private func waitForWish() async throws {
        while !shallEnd {
            let count = ended.count
            guard !shallEnd else { return }
            try await ended.wait(after: count)
        }
    }

    private func stop(_ id: String) async throws {
        let query = [(name: "t", value: String(job.graceSeconds))]
        _ = try await service.resuming { client in
            try await client.value(EngineRequest(.post, ContainerService.path(id, "/stop"), query: query))
        }
    }

    /// What cannot be taken away now, the spoke finds by its labels.
    private func remove(_ id: String) async { try? await service.discard(id) }

    /// Runs `body`, and gives it up at a wish to end.
    private func unlessEnding<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws
        -> Value
    {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await self.waitForWish()
                return nil
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() ?? nil else {
                throw CallError(.aborted, "it was ended before its container was made")
            }
            return value
        }
    }

    /// Writes an entry to our own stdout or stderr, whole; the supervisor reads there.
    private static func write(_ entry: LogEntry) {
        var bytes = entry.bytes
        if !entry.isPartial { bytes.writeInteger(UInt8(ascii: "\n")) }
        let fd: Int32 = entry.output == .stdout ? 1 : 2
        while bytes.readableBytes > 0 {
            let count = bytes.withUnsafeReadableBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count > 0 { bytes.moveReaderIndex(forwardBy: count) } else if errno != EINTR { return }
        }
    }
}
