import CallProtocol
import Logging
import Operations
import Processes
import Synchronization

/// Runs attempts under supervisors and writes down what becomes of them.
///
/// What is asked is committed and answered; the doing is work for `run`, one task an attempt. Whatever the process
/// dies of, `recover` finds from database and session directories where each attempt stands.
final class AttemptService: Sendable {
    enum Work: Sendable {
        /// Starts the attempt if it was not, and stays with it to its end.
        case follow(String)
        /// Ends its program.
        case end(String)
    }

    /// Supervisors that are being started at once; each needs some descriptors until it has answered.
    static let startsAtOnce = 16
    /// Recordings that are being hashed at once.
    static let digestsAtOnce = 2

    let store: SpokeStore
    let configuration: SpokeConfiguration
    let environment: ProgramEnvironment
    /// Where programs are limited; nil where they cannot be.
    let groups: ProgramGroups?
    let containers: ContainerService
    let logger: Logger
    /// Fires when an attempt was taken up or has ended.
    let changed = Signal()
    let starts = Permits(startsAtOnce)
    let digests = Permits(digestsAtOnce)
    let followed = Mutex(Followed())
    private let work: AsyncStream<Work>
    private let queue: AsyncStream<Work>.Continuation

    /// The attempts that are not known to have ended, and those of them that shall end.
    struct Followed: Sendable {
        var all: Set<String> = []
        var ending: Set<String> = []
    }

    init(
        store: SpokeStore, configuration: SpokeConfiguration, environment: ProgramEnvironment, groups: ProgramGroups?,
        containers: ContainerService, logger: Logger
    ) {
        self.store = store
        self.configuration = configuration
        self.environment = environment
        self.groups = groups
        self.containers = containers
        self.logger = logger
        // Bounded by what was committed before: one element an attempt and one a wish to end it.
        (work, queue) = AsyncStream.makeStream(of: Work.self)
    }

    /// How many attempts have not ended.
    var activeCount: Int { followed.withLock { $0.all.count } }

    func directory(_ attempt: String) -> String { configuration.sessionsDirectory + "/" + attempt }

    /// Takes an attempt under care; to be called when its row is committed.
    func follow(_ id: String, ending: Bool) {
        let isNew = followed.withLock { followed in
            if ending { followed.ending.insert(id) }
            return followed.all.insert(id).inserted
        }
        guard isNew else { return }
        queue.yield(.follow(id))
        changed.fire()
    }

    /// Carries out a committed wish to end an attempt.
    func end(_ id: String) {
        let isNew = followed.withLock { $0.all.contains(id) && $0.ending.insert(id).inserted }
        if isNew { queue.yield(.end(id)) }
    }

    func isEnding(_ id: String) -> Bool { followed.withLock { $0.ending.contains(id) } }

    /// Lets go of an attempt that has ended.
    func letGo(_ id: String) {
        followed.withLock { followed in
            followed.all.remove(id)
            followed.ending.remove(id)
        }
        changed.fire()
    }

    /// Does the work until the task is cancelled. Programs go on without us.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await item in work {
                group.addTask {
                    switch item {
                    case .follow(let id): await self.care(for: id)
                    case .end(let id): await self.carryOutEnd(id)
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Finds every attempt that had not ended when the process did. To be called once, before anything else.
    func recover() async throws {
        let rows = try await store.read { try AttemptTable.all($0, active: true) }
        for row in rows { follow(row.id, ending: row.cancelReason != nil) }
        limitAgain(rows)
        // What ended meanwhile is settled before anybody asks; what cannot be written now is tried again by `run`.
        await withDiscardingTaskGroup { group in
            for row in rows {
                guard let end = settled(row) else { continue }
                group.addTask { await self.finish(row, end, insisting: false) }
            }
        }
        if !rows.isEmpty { logger.notice("attempts found again", metadata: ["count": .stringConvertible(rows.count)]) }
    }

    /// Ends every program and waits until they are gone, killed if need be. For when nothing shall go on.
    func endAll() async {
        let ids: [String]
        do {
            ids = try await store.write { db in
                let rows = try AttemptTable.all(db, active: true)
                for row in rows { try AttemptTable.wishEnd(db, row.id, reason: "the spoke was stopped") }
                return rows.map(\.id)
            }
        } catch {
            logger.error("sessions not ended", metadata: ["error": .string("\(error)")])
            return
        }
        for id in ids { _ = followed.withLock { $0.ending.insert(id) } }
        await withDiscardingTaskGroup { group in
            for id in ids {
                group.addTask {
                    await self.carryOutEnd(id)
                    // What is not started stays so: its row says that it shall not be.
                    _ = try? await SupervisorClient.waitForExit(self.directory(id))
                    await self.care(for: id)
                }
            }
        }
    }

    private func settled(_ row: AttemptRow) -> AttemptEnd? {
        switch try? SupervisorClient.inspect(directory(row.id)) {
        case .exited(let record): .exited(record)
        case .lost: .lost
        case .absent where row.state == AttemptRow.running: .lost
        default: nil
        }
    }
}
