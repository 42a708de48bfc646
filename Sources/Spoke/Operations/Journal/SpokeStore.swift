import CallProtocol
import Database
import Formats
import GRDB
import Logging
import Operations

/// The spoke's database: the journal and the attempts, with a reserve of disk space for results.
final class SpokeStore: Sendable {
    /// Fires after every commit that may have added journal rows.
    let committed = Signal()
    let file: DatabaseFile
    private let reserve: DiskReserve
    private let ids = ULIDGenerator()
    private let configuration: SpokeConfiguration
    private let logger: Logger

    /// Blocks; for start-up. Throws `DatabaseFileError`, for a damaged journal with advice how to recover it.
    init(_ configuration: SpokeConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        let path = configuration.stateDirectory + "/spoke.db"
        file = try DatabaseFile.open(path: path, migrator: SpokeSchema.migrator, role: .truth, profile: .spoke)
        reserve = DiskReserve(
            ReserveFile(path: configuration.stateDirectory + "/reserve", size: configuration.reserveBytes))
    }

    /// Whether the space for results is there. Without it no new work is taken.
    var holdsReserve: Bool { reserve.isHeld }

    /// A fresh id for a journal row.
    func rowID() -> String { ids.next(at: configuration.now()) }

    /// A fresh id for a session.
    func sessionID() -> String { ids.next(at: configuration.now()) }

    func read<T: Sendable>(_ body: @Sendable (Database) throws -> T) async throws -> T {
        try await file.read(body)
    }

    /// Commits durably, or throws with nothing done.
    func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        let result = try await file.write(body)
        committed.fire()
        return result
    }

    /// Commits what must not be lost: again and again until it is written, with the reserve when the disk is full.
    /// False only when the task was cancelled or the database is closed; then nothing was written.
    func writeSurely<T: Sendable>(
        _ what: Logger.Message, _ body: @escaping @Sendable (Database) throws -> T
    ) async -> T? {
        var pause = Duration.milliseconds(100)
        var hasWarned = false
        while true {
            do {
                return try await write(body)
            } catch DatabaseFileError.closed {
                return nil
            } catch {
                if DatabaseFileError.isDiskFull(error), releaseReserve() { continue }
                if !hasWarned { logger.error(what, metadata: ["error": .string("\(error)")]) }
                hasWarned = true
                do { try await configuration.clock.sleep(for: pause) } catch { return nil }
                pause = min(pause * 2, .seconds(5))
            }
        }
    }

    /// Frees the space kept back; false when there was none.
    func releaseReserve() -> Bool {
        guard reserve.release() else { return false }
        logger.error("disk full, reserve released", metadata: ["node": .string(configuration.node)])
        return true
    }

    /// Takes the space again where it was given up.
    func restoreReserve() async {
        guard !holdsReserve else { return }
        if await reserve.restore() { logger.notice("disk reserve restored") }
    }

    /// Finishes what was begun and closes the file.
    func close() async {
        do { try await file.close() } catch { logger.error("database not closed", metadata: ["error": "\(error)"]) }
    }
}
