import CallProtocol
import Core
import Daemon
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
        let key = try key()
        return try await withStore { store, advertised in
            if let role = input.role {
                guard input.kind == .operator_ else { throw Failure.misuse("--role goes with --kind operator only") }
                let made = try await store.read { try $0.roles().map(\.name) }
                guard BuiltInRole.grants(role) != nil || made.contains(role) else {
                    throw Failure(.notFound, "there is no role `\(role)`; built in are admin, operator and viewer")
                }
            }
            let maker = TokenMaker(fingerprint: key.fingerprint, addresses: advertised)
            let (record, created) = try maker.make(input, by: "state-dir", at: RFC3339.now())
            try await store.write { try $0.insertToken(record) }
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

    private func key() throws -> PeerKey {
        guard let pem = try AtomicFile.readIfPresent(setup.keyPath, limit: 65_536) else { throw noHub }
        guard let key = try? PeerKey(pem: String(decoding: pem, as: UTF8.self)) else {
            throw Failure.malformed("\(setup.keyPath) is no P-256 key", advice: "restore it from a backup")
        }
        return key
    }

    private var noHub: Failure {
        .notConfigured(
            "\(directory.path) holds no hub", advice: "make one: capstan hub init --state-dir \(directory.path)")
    }

    private func withStore<Result: Sendable>(
        _ body: (HubStore, [HostPort]) async throws -> Result
    ) async throws -> Result {
        // Opening would make a database where there is none.
        guard try AtomicFile.readIfPresent(setup.keyPath, limit: 65_536) != nil else { throw noHub }
        let (store, advertised): (HubStore, [HostPort])
        do {
            (store, advertised) = try await setup.open()
        } catch let error as StoreError {
            throw Failure.malformed("\(setup.databasePath): \(error)")
        }
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
