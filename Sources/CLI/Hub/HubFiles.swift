import CallProtocol
import Core
import Daemon
import FoundationEssentials

/// What lies in a hub's directory, and what that says: a hub has a key and a database, and one without the other is a loss
/// that must not be covered up. Init makes the database beside its place and moves it there last, so that what a broken off
/// init left is told apart from such a loss.
struct HubFiles {
    let setup: HubSetup

    private var hasKey: Bool { exists(setup.keyPath) }
    private var hasDatabase: Bool { exists(setup.databasePath) }
    private var isFresh: Bool { exists(setup.freshDatabasePath) }

    /// - Throws: a ``Failure`` where a hub was made in the directory, or where a part of one is.
    func requireRoom() throws {
        if hasKey, hasDatabase {
            throw Failure(
                .failedPrecondition, "\(setup.directory) holds a hub already",
                advice: "start it with: capstan hub serve --state-dir \(setup.directory)")
        }
        if !isFresh { try refuseHalf() }
    }

    /// - Throws: a ``Failure`` where no whole hub is in the directory.
    func requireHub() throws {
        if hasKey, hasDatabase { return }
        if !isFresh { try refuseHalf() }
        throw Failure.notConfigured(
            "\(setup.directory) holds no hub", advice: "make one: capstan hub init --state-dir \(setup.directory)")
    }

    /// Removes what an init left that was broken off.
    func removeFresh() throws {
        guard isFresh else { return }
        for suffix in ["-wal", "-shm", ".reserve"] { try AtomicFile.remove(setup.freshDatabasePath + suffix) }
        try AtomicFile.remove(setup.keyPath)
        try AtomicFile.remove(setup.freshDatabasePath)
    }

    /// The fresh database becomes the hub's.
    func takeFresh() throws {
        guard !exists(setup.freshDatabasePath + "-wal") else {
            throw Failure.failed("\(setup.freshDatabasePath) could not be closed; try again")
        }
        try AtomicFile.remove(setup.freshDatabasePath + ".reserve")
        try AtomicFile.move(setup.freshDatabasePath, to: setup.databasePath)
    }

    private func refuseHalf() throws {
        if hasDatabase {
            throw Failure(
                .failedPrecondition, "\(setup.databasePath) is a hub's, but its key \(setup.keyPath) is missing",
                advice: "restore the key from a backup; without it no spoke and no operator knows this hub")
        }
        if hasKey {
            throw Failure(
                .failedPrecondition, "\(setup.keyPath) is a hub's, but its database \(setup.databasePath) is missing",
                advice: "restore it from a backup; or, to begin anew with no node and no operator, remove the key")
        }
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
