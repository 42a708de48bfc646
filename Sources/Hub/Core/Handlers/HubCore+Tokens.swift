import CallProtocol
import Crypto
package import Formats
import FoundationEssentials
package import Link
import NIOCore
package import Operations
package import Store

extension HubCore {
    var tokenEntries: [OperationEntry] {
        [
            TokenOperations.create.handled { input, context in
                let maker = TokenMaker(
                    fingerprint: self.key.fingerprint, addresses: self.configuration.advertised, ids: self.ids)
                let (record, created) = try maker.make(input, by: context.caller.peer, at: self.clock.now())
                try self.check(record, by: context.caller)
                try await self.store.write { transaction in
                    if let role = record.role { try RoleChoice.check(role, in: transaction) }
                    try transaction.insertToken(record)
                }
                return created
            },
            TokenOperations.list.handled { input, _ in
                let (limit, now) = (input.limit ?? 1_000, self.clock.now())
                let records = try await self.store.read { try $0.tokens(before: input.cursor, limit: limit) }
                return TokenList(
                    tokens: records.map { TokenView($0, now: now) },
                    cursor: records.count == limit ? records.last?.id : nil)
            },
            TokenOperations.revoke.handled { input, _ in
                let now = self.clock.now()
                try await self.inTurn {
                    let ended = try await self.store.write { transaction in
                        let token = try TokenChoice.id(of: input.token, in: transaction)
                        try transaction.revokeToken(token, at: now)
                        return try transaction.endTunnelPeers(of: token, at: now)
                    }
                    for id in ended { self.directory.change(id) { $0.validUntil = min($0.validUntil ?? now, now) } }
                }
                return Empty()
            },
        ]
    }

    /// Whoever makes operators could make one with more rights than they have, so that only an admin may.
    private func check(_ token: TokenRecord, by caller: Caller) throws(CallError) {
        guard token.kind == .operator_ else {
            guard token.role == nil else {
                throw CallError(.invalidInput, "a role goes with tokens for operators only")
            }
            return
        }
        try requireAdmin(caller, to: "make tokens for operators")
    }
}

/// The token that a person means.
package enum TokenChoice {
    /// The id of the token with this id, or with an id that alone begins so.
    /// - Throws: `CallError`: `NOT_FOUND`, or `INVALID_INPUT` with the candidates.
    package static func id(of text: String, in transaction: StoreTransaction) throws -> String {
        let found = try transaction.tokens(meantBy: text)
        guard let first = found.first else {
            throw CallError(.notFound, "there is no token `\(text)`; `capstan token list` shows them")
        }
        guard found.count == 1 else {
            throw CallError(
                ambiguous: text, "is the beginning of several tokens",
                candidates: found.map { ($0.id, "\($0.id) (\($0.kind.rawValue)\($0.name.map { ", " + $0 } ?? ""))") },
                isAll: false)
        }
        return first.id
    }
}

/// Makes join tokens, in a running hub and beside a stopped one.
package struct TokenMaker: Sendable {
    static let defaultLifeMs: Int64 = 15 * 60_000

    private let fingerprint: Fingerprint
    private let addresses: [HostPort]
    private let ids: ULIDGenerator

    package init(fingerprint: Fingerprint, addresses: [HostPort], ids: ULIDGenerator = ULIDGenerator()) {
        self.fingerprint = fingerprint
        self.addresses = addresses
        self.ids = ids
    }

    /// The row, which keeps a hash only, and the token's text, which is shown once.
    package func make(
        _ input: TokenCreateInput, by creator: String, at now: Int64
    ) throws -> (record: TokenRecord, created: TokenCreated) {
        if let name = input.name { try FleetName.check(name) }
        do { try Label.validate(input.labels ?? [:]) } catch { throw CallError(.invalidInput, "labels: \(error)") }
        if let kind = input.kind, kind != .spoke {
            let strays = [
                input.labels?.isEmpty == false ? "a label" : nil, input.instance.map { _ in "an instance" },
                input.approve == true ? "approval" : nil,
            ].compactMap { $0 }
            if let stray = strays.first {
                throw CallError(
                    .invalidInput,
                    "\(stray) goes with tokens for spokes only; this one is for \(kind == .tunnel ? "tunnels" : "an operator")"
                )
            }
        }
        let kind = TokenRecord.Kind(rawValue: (input.kind ?? .spoke).rawValue) ?? .spoke
        if input.approve == true, kind != .spoke {
            throw CallError(
                .invalidInput, "approval goes with tokens for spokes only: whoever logs in with the token is let in")
        }
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let record = TokenRecord(
            id: ids.next(at: now), kind: kind, secretHash: Data(SHA256.hash(data: secret)), name: input.name,
            labels: try JSONCoding.encode(input.labels ?? [:]).description,
            role: kind == .operator_ ? input.role ?? BuiltInRole.operator_ : input.role, instanceId: input.instance,
            approve: input.approve ?? false, maxUses: input.uses ?? 1,
            expiresAt: now + (input.ttlMs ?? Self.defaultLifeMs), createdAt: now, createdBy: creator)
        let token = JoinToken(
            id: record.id, addresses: addresses.map(\.description), hubFingerprint: fingerprint.text, secret: secret)
        let created = TokenCreated(
            id: record.id, token: token.text, expiresAt: RFC3339.string(record.expiresAt))
        return (record, created)
    }
}

extension TokenView {
    package init(_ record: TokenRecord, now: Int64) {
        let state =
            record.revokedAt != nil
            ? "revoked" : record.uses >= record.maxUses ? "used" : record.expiresAt <= now ? "expired" : "active"
        self.init(
            id: record.id, kind: record.kind.rawValue, state: state, uses: record.uses, maxUses: record.maxUses,
            labels: (try? JSONCoding.decode([String: String].self, from: .init(string: record.labels))) ?? [:],
            createdAt: RFC3339.string(record.createdAt),
            expiresAt: RFC3339.string(record.expiresAt))
        name = record.name
        role = record.role
    }
}
