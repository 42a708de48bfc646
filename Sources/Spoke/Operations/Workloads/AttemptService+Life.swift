import CallProtocol
import Database
import Glibc
import Logging
import Operations
import Processes

/// The life of one attempt, from its committed row to its committed end.
extension AttemptService {
    /// How often a start that the system refused is tried again: with doubling pauses, some six seconds.
    private static var startTries: Int { 6 }

    /// Stays with an attempt to its end, whatever stands in the way: how far it is, its directory says, so that every
    /// step can be taken again. Returns early only when cancelled or when the database is closed.
    func care(for id: String) async {
        var pause = Duration.milliseconds(200)
        while true {
            do {
                guard let row = try await store.read({ try AttemptTable.find($0, id) }), row.isActive else {
                    return letGo(id)
                }
                return await finish(row, try await conduct(row), insisting: true)
            } catch DatabaseFileError.closed {
                return
            } catch is CancellationError {
                // The spoke stops; the program goes on and is found again.
                return
            } catch {
                logger.error("attempt not followed", metadata: ["attempt": .string(id), "error": .string("\(error)")])
                do { try await configuration.clock.sleep(for: pause) } catch { return }
                pause = min(pause * 2, .seconds(30))
            }
        }
    }

    /// Starts the program if nobody did and waits for its end. Throws when cancelled.
    private func conduct(_ row: AttemptRow) async throws -> AttemptEnd {
        let directory = directory(row.id)
        if case .absent = try SupervisorClient.inspect(directory) {
            // Only what was never started may be: a program that ran and left nothing is lost.
            guard row.state == AttemptRow.starting else { return .lost }
            guard !shallEnd(row) else { return .cancelledBefore }
            if let failure = try await launch(row, directory) { return failure }
        }
        if shallEnd(row) { await carryOutEnd(row.id) }
        if try await awaitContainer(row, directory) { await markRunning(row) }
        do {
            let end = try await SupervisorClient.waitForExit(directory)
            guard case .exited(let record) = end else { return .lost }
            return .exited(record)
        } catch SupervisorError.notRunning {
            return .lost
        }
    }

    /// A wish that was committed before anybody followed the attempt stands in its row only.
    private func shallEnd(_ row: AttemptRow) -> Bool { isEnding(row.id) || row.cancelReason != nil }

    /// Nil once a supervisor has the attempt, else why none can have it.
    private func launch(_ row: AttemptRow, _ directory: String) async throws -> AttemptEnd? {
        guard let spec = try row.workloadSpec() else { return .notStarted("the specification is gone") }
        if spec.image != nil { return try await launchContainer(row, spec, directory) }
        var supervised = supervisorSpec(spec)
        if let invalidity = supervised.process.invalidity { return .notStarted(invalidity) }
        do {
            supervised.group = try group(for: row.id, spec)
        } catch {
            return .noSupervisor("cpus and memory cannot be limited: \(error)")
        }
        return try await supervise(row, supervised, directory)
    }

    func supervise(
        _ row: AttemptRow, _ supervised: SupervisorSpec, _ directory: String
    ) async throws -> AttemptEnd? {
        var pause = Duration.milliseconds(100)
        for attempt in 1...Self.startTries {
            do {
                _ = try await starts.with {
                    try await SupervisorClient.start(
                        supervised, directory: directory, executable: configuration.executable)
                }
                return nil
            } catch is CancellationError {
                throw CancellationError()
            } catch let error as SupervisorSpecError {
                return .notStarted("\(error)")
            } catch {
                // Whether it was started is what the directory says, and never the error.
                guard case .absent = try SupervisorClient.inspect(directory) else { return nil }
                guard attempt < Self.startTries else { return .noSupervisor(blame(error)) }
                logger.warning(
                    "supervisor not started", metadata: ["attempt": .string(row.id), "error": .string("\(error)")])
                if shallEnd(row) { return .cancelledBefore }
                try await configuration.clock.sleep(for: pause)
                pause *= 2
            }
        }
        return nil
    }

    /// Why no supervisor could be started. One that found no room passes on the system's words; a full disk is told as
    /// everywhere.
    private func blame(_ error: any Error) -> String {
        let isFull = "\(error)".hasSuffix(SystemError.text(ENOSPC))
        return isFull ? "disk full on \(configuration.node): \(error)" : "\(error)"
    }

    private func supervisorSpec(_ spec: WorkloadSpec) -> SupervisorSpec {
        let directory = spec.cwd ?? environment.defaultDirectory
        let process = ProcessSpec(
            arguments: spec.cmd, environment: environment.variables(spec.env, directory: directory),
            workingDirectory: directory)
        var supervised = SupervisorSpec(process: process)
        supervised.timeLimitMs = spec.timeLimitMs.map { UInt64(clamping: $0) }
        if let limit = spec.logLimitBytes { supervised.logLimitBytes = UInt64(clamping: limit) }
        return supervised
    }

    private func markRunning(_ row: AttemptRow) async {
        guard row.state == AttemptRow.starting else { return }
        // The program's own beginning: what is written at its end must not lie before what is written here.
        let started = (try? SupervisorClient.startTime(directory(row.id))) ?? nil
        let now = verdict(row.id)?.startedMs ?? started ?? configuration.now()
        let journalID = store.rowID()
        _ = await store.writeSurely("attempt's start not written") { db in
            try AttemptTable.markRunning(db, row.id, at: now, journal: journalID)
        }
        changed.fire()
    }

    /// Tells the supervisor of an attempt to end its program, if there is one. A supervisor yet to be started
    /// learns of the wish from whoever starts it.
    func carryOutEnd(_ id: String) async {
        for _ in 1...3 {
            do {
                _ = try await SupervisorClient.cancel(directory(id))
                return
            } catch is CancellationError {
                return
            } catch {
                logger.warning("attempt not ended", metadata: ["attempt": .string(id), "error": .string("\(error)")])
                try? await configuration.clock.sleep(for: .milliseconds(200))
            }
        }
    }

    /// Writes the end with its receipt and lets go. Not insisting, it gives up at the first trouble.
    func finish(_ row: AttemptRow, _ end: AttemptEnd, insisting: Bool) async {
        let directory = directory(row.id)
        let end = judge(row.id, end)
        if case .lost = end { _ = try? SupervisorClient.killLost(directory) }
        // Before the end is written: as long as it is not, the spoke comes by here again.
        await removeGroup(row.id)
        await removeContainer(row.id)
        let digest = await digests.with {
            (try? await offload { OutputDigest.of(SupervisorClient.recordingPath(directory)) }) ?? .none
        }
        // The wish to end it may have come after the row was read.
        let latest = (try? await store.read { try AttemptTable.find($0, row.id) }) ?? row
        var outcome = AttemptOutcome(latest, end, now: configuration.now())
        if case .lost = end, verdict(row.id) != nil { outcome.reason = "carrier_lost" }
        let record: ExitRecord? = if case .exited(let record) = end { record } else { nil }
        outcome.logBytes = max(digest.end, Int64(clamping: record?.logLength ?? 0))
        do {
            outcome.receipt = try ReceiptWriter(configuration: configuration).receipt(latest, outcome, digest, record)
        } catch {
            logger.error("receipt not signed", metadata: ["attempt": .string(row.id), "error": .string("\(error)")])
        }
        let written = outcome
        let journalID = store.rowID()
        if insisting {
            let done: Void? = await store.writeSurely("attempt's end not written") { db in
                try AttemptTable.finish(db, written, journal: journalID)
            }
            if done != nil { await settleContainer(row.id) }
        } else {
            let done: Void? = try? await store.write { try AttemptTable.finish($0, written, journal: journalID) }
            if done != nil { await settleContainer(row.id) }
        }
    }
}
