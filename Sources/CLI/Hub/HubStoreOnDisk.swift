import Core
import Daemon
import Link
import Store

/// The store of a hub on this machine, reached through its state directory, whether the hub runs or not.
struct HubStoreOnDisk: Sendable {
    let store: HubStore
    let advertised: [HostPort]
    /// Whether the hub's lock is held for it: no hub runs, and none can start meanwhile.
    let isAlone: Bool

    /// Opens the store as it is, runs `body`, closes it. One of an older release is brought up to date first, under the
    /// hub's lock, so never below a hub that runs.
    ///
    /// - Throws: a ``Failure`` where there is no hub, where its database cannot be used, or where a hub of an older
    ///   release runs; else whatever `body` throws.
    static func with<Result: Sendable>(
        _ setup: HubSetup, _ body: (HubStoreOnDisk) async throws -> Result
    ) async throws -> Result {
        // Opening would make a database where there is none.
        try HubFiles(setup: setup).requireHub()
        let (store, advertised, lock) = try await open(setup)
        defer { lock?.release() }
        do {
            let result = try await body(
                HubStoreOnDisk(store: store, advertised: advertised, isAlone: lock != nil))
            try await store.close()
            return result
        } catch {
            try? await store.close()
            throw error
        }
    }

    private static func open(_ setup: HubSetup) async throws -> (HubStore, [HostPort], SingletonLock?) {
        do {
            do {
                let (store, advertised) = try await setup.openBeside()
                return (store, advertised, nil)
            } catch StoreError.outdated {
                let lock = try SingletonLock(path: StateDirectory(path: setup.directory).file("hub.lock"))
                let (store, advertised) = try await setup.open()
                return (store, advertised, lock)
            }
        } catch let error as StoreError {
            throw Failure.malformed("\(setup.databasePath): \(error)")
        } catch let error as SingletonLock.AlreadyRunning {
            throw Failure.malformed(
                "\(setup.databasePath) is of an older release, whose hub is \(error)",
                advice: "use the release that runs, or stop it first")
        }
    }
}
