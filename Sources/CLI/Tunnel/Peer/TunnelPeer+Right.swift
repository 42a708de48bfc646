import Agent
import CallProtocol
import Daemon
import Formats
import Link
import Logging
import Synchronization

/// Getting a right, and keeping it.
extension TunnelPeer {
    /// What a right is renewed before its end, at most, and as a part of its life.
    private static let lead: Int64 = 5 * 60_000
    private static let share: Int64 = 5
    /// How long a wait may take before the clock is looked at again: it may have been set, or the machine have slept.
    private static let look = Duration.seconds(30)

    /// Gets a right in place of one that is over; a source that can be asked again is, and a hub that is away too, with pauses from 1 s to
    /// 60 s.
    /// - Throws: a ``Failure`` of exit code 77 where the hub has removed the peer for good.
    func ask(_ source: any BearerSource, _ name: String, mayBeAnother: Bool) async throws {
        var backoff = DialBackoff()
        while true {
            do {
                let right = try await Self.enrol(in: directory, as: name, by: source, mayBeAnother: mayBeAnother)
                let agent = try Self.agent(
                    right.identity, in: directory, group: group, logger: logger, onAway: onAway)
                return state.withLock { $0 = State(right: right, agent: agent) }
            } catch let error as CallError where error.code == .conflict {
                throw Failure(.unauthenticated, "the hub has removed \(name), and its tunnels with it")
            } catch {
                try Task.checkCancellation()
                let code = (error as? CallError)?.code
                guard source.isRenewable || code == .unavailable || code == .timeout else { throw error }
                onAway(Failure(error).message)
                logger.warning("no credential", metadata: ["reason": .string(Failure(error).message)])
                try await Task.sleep(for: .seconds(max(1, backoff.next(random: .random(in: 0...1)))))
            }
        }
    }

    /// Makes a right longer before it is over, for as long as the task lives.
    func renew() async -> String? {
        var backoff = DialBackoff()
        while !Task.isCancelled {
            let right = state.withLock { $0.right }
            guard let source, source.isRenewable, let end = right.validUntil else {
                try? await Task.sleep(for: Self.look)
                continue
            }
            let left = Duration.milliseconds(Self.time(toRenew: end, since: right.since) - RFC3339.now())
            guard left <= .zero else {
                try? await Task.sleep(for: min(left, Self.look))
                continue
            }
            do {
                let next = try await source.enrol(right.identity.key, name: right.identity.name)
                if next.validUntil.map({ $0 > end }) ?? true {
                    try TunnelRightFile(directory).write(next.validUntil)
                    state.withLock { ($0.right.validUntil, $0.right.since) = (next.validUntil, next.since) }
                    backoff = DialBackoff()
                    continue
                }
            } catch {
                logger.warning("credential not renewed", metadata: ["reason": .string(Failure(error).message)])
            }
            try? await Task.sleep(for: .seconds(max(1, backoff.next(random: .random(in: 0...1)))))
        }
        return nil
    }

    /// Unix milliseconds: five minutes before the end, or a fifth of the life where that is less.
    static func time(toRenew end: Int64, since start: Int64) -> Int64 {
        end - min(lead, max(0, end - start) / share)
    }

    /// Enrols the directory's key; a fresh one where the hub will not have it. On the disk before it is returned.
    static func enrol(
        in directory: StateDirectory, as name: String, by source: any BearerSource, mayBeAnother: Bool
    ) async throws -> TunnelRight {
        let right: TunnelRight
        do {
            right = try await source.enrol(try SpokeIdentity.loadOrMakeKey(in: directory), name: name)
        } catch let error as CallError where error.code == .conflict && mayBeAnother {
            right = try await source.enrol(PeerKey(), name: name)
        }
        try right.identity.save(to: directory)
        try TunnelRightFile(directory).write(right.validUntil)
        return right
    }
}
