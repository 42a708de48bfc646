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

    /// - Parameter path: the hub's state directory.
    /// - Throws: `StateDirectory.Unresolved` for an empty one, a ``Failure`` for a spoke's.
    init(_ path: String) throws {
        setup = HubSetup(directory: try StateDirectory.own(.hub, flag: path).path)
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

    /// All tokens, newest first.
    func list() async throws -> [TokenView] {
        try await withStore { store, _ in
            let now = RFC3339.now()
            return try await store.read { try $0.tokens(limit: .max) }.map { TokenView($0, now: now) }
        }
    }

    /// Makes a token useless.
    func revoke(_ id: String) async throws {
        try await withStore { store, _ in
            try await store.write { try $0.revokeToken(TokenChoice.id(of: id, in: $0), at: RFC3339.now()) }
        }
    }

    private func withStore<Result: Sendable>(
        _ body: (HubStore, [HostPort]) async throws -> Result
    ) async throws -> Result {
        do {
            return try await HubStoreOnDisk.with(setup) { try await body($0.store, $0.advertised) }
        } catch StoreError.notFound(let what) {
            throw Failure(.notFound, "there is no \(what)")
        }
    }
}
