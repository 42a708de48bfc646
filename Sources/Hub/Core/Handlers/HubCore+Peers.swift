import CallProtocol
import Crypto
import Formats
import FoundationEssentials
import Link
import Operations
import Store

extension HubCore {
    var peerEntries: [OperationEntry] {
        [
            limited(PeerOperations.enrol.handled { try await self.enrol($0, $1) }),
            PeerOperations.rotate.handled { try await self.rotate($0, $1) },
            PeerOperations.me.handled { _, context in
                try await self.settle(context.caller)
                guard let peer = self.directory[context.caller.peer] else {
                    throw CallError(.unauthenticated, "this key is not a peer of the hub")
                }
                return PeerSelf(
                    id: peer.id, name: peer.name, kind: peer.kind.rawValue, role: peer.role ?? peer.kind.rawValue)
            },
        ]
    }

    /// The same operation within the limits for strangers: whatever of theirs fails counts, also what cannot be read.
    private func limited(_ entry: OperationEntry) -> OperationEntry {
        guard case .unary(let body) = entry.handler else { return entry }
        return OperationEntry(
            descriptor: entry.descriptor,
            handler: .unary { input, context in
                guard let stranger = self.enrolling(context.caller) else { return try await body(input, context) }
                return try await self.enrolmentLimits.attempt(from: stranger.network) {
                    try await body(input, context)
                }
            })
    }

    private func enrol(_ input: EnrolInput, _ context: CallContext) async throws -> EnrolOutput {
        guard context.caller.role == Caller.enrolRole else {
            throw CallError(.failedPrecondition, "only a link of role enrol can enrol; this key is a peer already")
        }
        guard let enrolling = enrolling(context.caller) else {
            throw CallError(.unauthenticated, "the link's key is gone")
        }
        try validate(input.labels)
        let name = try nodeName(input)
        let secret = Base64URL.decode(input.secret) ?? []
        let enrolment = Enrolment(
            tokenId: input.tokenId, secretHash: Data(SHA256.hash(data: secret)),
            fingerprint: enrolling.fingerprint.text, spki: Data(enrolling.spki), peerId: ids.next(at: clock.now()),
            name: name, isNameChosen: input.name != nil && input.kind != .tunnel,
            labels: try JSONCoding.encode(input.labels).description,
            facts: try input.facts.map { try JSONCoding.encode($0).description } ?? "{}",
            kind: input.kind.flatMap { PeerRecord.Kind(rawValue: $0.rawValue) },
            instanceId: input.facts?.providerInstance, at: clock.now())
        let outcome = try await store.write { transaction in
            let outcome = try transaction.enrol(enrolment)
            if case .enrolled = outcome, let age = input.containerAgeMs {
                try transaction.noteStart(ofInstance: input.tokenId, age: age, at: enrolment.at)
            }
            return outcome
        }
        switch outcome {
        case .enrolled(let row), .repeated(let row):
            if case .enrolled = outcome {
                directory.put(Peer(row, fingerprints: [enrolling.fingerprint]))
            } else {
                try await know(row.id, by: enrolling.fingerprint)
            }
            events.wrote()
            schedulerSignal.fire()
            rentals.signal.fire()
            return enrolled(row)
        case .renewed(let row):
            try await inTurn { know(tunnelPeer: row, directory[row.id] == nil ? enrolling.fingerprint : nil) }
            return enrolled(row)
        case .refused(let refusal): throw refusal.callError
        }
    }

    private func enrolled(_ row: PeerRecord) -> EnrolOutput {
        EnrolOutput(
            peerId: row.id, name: row.name, hubFingerprints: [key.fingerprint.text], approved: row.state == .active,
            validUntil: row.validUntil.map { RFC3339.string($0) })
    }

    /// A peer that enrols again is known, with all its keys; unless its first try has not come so far, or it was removed.
    private func know(_ id: String, by key: Fingerprint) async throws {
        try await inTurn {
            guard directory[id] == nil, let row = try await store.read({ try $0.peer(id) }), row.state != .removed
            else { return }
            directory.put(Peer(row, fingerprints: [key]))
        }
    }

    private func enrolling(_ caller: Caller) -> PeerIdentity? { enrolments.identity(caller.peer) }

    private func validate(_ labels: [String: String]) throws {
        do { try Label.validate(labels) } catch { throw CallError(.invalidInput, "labels: \(error)") }
    }

    /// The name asked for, else the hostname made fit, else one from the key.
    private func nodeName(_ input: EnrolInput) throws -> String {
        if let name = input.name {
            try FleetName.check(name)
            return name
        }
        let hostname = String((input.facts?.hostname ?? "").prefix(63).map { FleetName.isFit($0) ? $0 : "-" })
        return FleetName.isFit(hostname) ? hostname : "node-" + Hex.random(4)
    }
}

extension EnrolmentRefusal {
    var callError: CallError {
        switch self {
        case .tokenInvalid:
            CallError(
                ErrorCode.tokenInvalid,
                "this token is not known to the hub, or was revoked; make one with `capstan token create`")
        case .otherKind(.operator_):
            CallError(
                ErrorCode.tokenInvalid,
                "this token is for an operator: use it with `capstan login TOKEN`, "
                    + "or make one for a machine with `capstan token create`")
        case .otherKind(.tunnel):
            CallError(
                ErrorCode.tokenInvalid,
                "this token is for tunnels alone: a credentials helper prints it; "
                    + "make one for a machine with `capstan token create`")
        case .otherKind(let kind):
            CallError(
                ErrorCode.tokenInvalid,
                "this token is for a \(kind.rawValue): use it with `capstan spoke join TOKEN`, "
                    + "or make one for an operator with `capstan token create --kind operator`")
        case .tokenExpired:
            CallError(ErrorCode.tokenExpired, "this token's time is over; make a new one with `capstan token create`")
        case .tokenUsed:
            CallError(ErrorCode.tokenUsed, "this token has no uses left; make a new one with `capstan token create`")
        case .instanceMismatch:
            CallError(
                ErrorCode.instanceMismatch,
                "this token is bound to another instance than this machine says it is; say which it is with "
                    + "`--instance` or CAPSTAN_INSTANCE, or take another token")
        case .nameTaken(let name):
            CallError(.conflict, "the name `\(name)` is taken; join with another --name")
        case .disabled(let name):
            CallError(
                .forbidden, "\(name) was disabled by an admin of this hub; it comes back with `capstan peer enable`")
        case .keyTaken:
            CallError(.conflict, "this key is a peer of the hub already; use another --state-dir for a new node")
        }
    }
}
