import CallProtocol
import Core
import Daemon
import Formats
import Link
import Operations
import Store

/// The tokens of a hub on this machine, reached through its state directory: works while the hub is not running, and
/// when nobody can log in any more.
struct TokensOnDisk {
    private let setup: HubSetup
    private let directory: StateDirectory

    /// - Parameter path: the hub's state directory.
    init(_ path: String) {
        directory = StateDirectory(path: path)
        setup = HubSetup(directory: directory.path)
    }

    /// Makes a token.
    func create(_ input: TokenCreateInput) async throws -> TokenCreated {
        try await withStore { store, advertised in
            guard input.role == nil || input.kind == .operator_ else {
                throw Failure.misuse("--role goes with --kind operator only")
            }
            let key = try await HubKeyFile(setup: setup).load(store)
            let maker = TokenMaker(fingerprint: key.fingerprint, addresses: advertised)
            let (record, created) = try maker.make(input, by: "state-dir", at: RFC3339.now())
            try await store.write { transaction in
                if let role = record.role { try RoleChoice.check(role, in: transaction) }
                try transaction.insertToken(record)
            }
            return created
        }
    }

    /// Tokens, newest first.
    func list() async throws -> [TokenView] {
        try await withStore { store, _ in
            let now = RFC3339.now()
            return try await store.read { try $0.tokens() }.map { TokenView($0, now: now) }
        }
    }

    /// Makes a token useless.
    func revoke(_ id: String) async throws {
        try await withStore { store, _ in
            try await store.write { try $0.revokeToken(TokenChoice.id(of: id, in: $0), at: RFC3339.now()) }
        }
    }

    /// The store as it is. One of an older release is brought up to date first, under the lock, so never below a hub
    /// that runs.
    private func open() async throws -> (HubStore, [HostPort], SingletonLock?) {
        do {
            do {
                let (store, advertised) = try await setup.openBeside()
                return (store, advertised, nil)
            } catch StoreError.outdated {
                let lock = try SingletonLock(path: directory.file("hub.lock"))
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

    private func withStore<Result: Sendable>(
        _ body: (HubStore, [HostPort]) async throws -> Result
    ) async throws -> Result {
        // Opening would make a database where there is none.
        try HubFiles(setup: setup).requireHub()
        let (store, advertised, lock) = try await open()
        defer { lock?.release() }
        do {
            let result = try await body(store, advertised)
            try await store.close()
            return result
        } catch {
            try? await store.close()
            guard case .notFound(let what)? = error as? StoreError else { throw error }
            throw Failure(.notFound, "there is no \(what)")
        }
    }
}
