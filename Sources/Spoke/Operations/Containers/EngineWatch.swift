import Engine
import Logging
import Operations
import Processes
import Synchronization

/// An engine as it was found: how to ask it, and what it is.
struct EngineSession: Sendable {
    var client: EngineClient
    var identity: EngineIdentity
    /// Counts the times it was found, so that what fails in an old session says nothing of a new one.
    var number: UInt64
}

/// The engine of this machine: finds it, notices when it goes, and finds it again.
final class EngineWatch: Sendable {
    /// How it stands with the engine.
    enum Standing: Sendable {
        /// None was ever seen; why, in words, where something speaks against the one that is there.
        case none(String?)
        case ready(EngineSession)
        /// It was there and is not.
        case away(EngineIdentity, String)
    }

    private struct State {
        var standing: Standing
        var found: UInt64 = 0
    }

    /// Fires when the engine came or went.
    let changed = Signal()
    /// Fires when something happened in the engine.
    let stirred = Signal()

    private let place: EnginePlace
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state: Mutex<State>
    private let searching = Permits(1)

    /// How long an engine may take to say who it is.
    private static let answerLimit = Duration.seconds(10)
    private static let firstPause = Duration.milliseconds(200)
    private static let longestPause = Duration.seconds(15)

    init(_ place: EnginePlace, clock: any Clock<Duration>, logger: Logger) {
        self.place = place
        self.clock = clock
        self.logger = logger
        state = Mutex(State(standing: .none(place.fault)))
    }

    var standing: Standing { state.withLock { $0.standing } }

    /// Whose engine it is; nil where none was ever seen.
    var product: EngineIdentity.Product? {
        switch standing {
        case .none: nil
        case .ready(let session): session.identity.product
        case .away(let last, _): last.product
        }
    }

    /// How it stands, for who watches the machine; nil where none was ever seen.
    var status: HostStatus.Engine? {
        let (identity, state): (EngineIdentity, HostStatus.Engine.State)
        switch standing {
        case .none: return nil
        case .ready(let session): (identity, state) = (session.identity, .ready)
        case .away(let last, _): (identity, state) = (last, .away)
        }
        return HostStatus.Engine(
            product: identity.product.rawValue, version: identity.version, state: state, rootless: identity.isRootless)
    }

    /// The engine, looked for at once where it was not there at the last look.
    /// - Throws: ``EngineAbsence``.
    func session() async throws(EngineAbsence) -> EngineSession {
        if case .ready(let session) = standing { return session }
        return try await searching.with { () async throws(EngineAbsence) in
            // Who waited before may have found it.
            if case .ready(let session) = self.standing { return session }
            return try await self.search()
        }
    }

    /// Notes that the engine did not answer, unless a newer session of it is there already.
    func lost(_ session: EngineSession, _ error: EngineError) {
        let isNews = state.withLock { state in
            guard case .ready(let now) = state.standing, now.number == session.number else { return false }
            state.standing = .away(now.identity, "\(error)")
            return true
        }
        guard isNews else { return }
        logger.warning("engine went away", metadata: ["reason": .string("\(error)")])
        changed.fire()
    }

    /// Follows the engine until its task is cancelled.
    func run() async {
        var pause = Self.firstPause
        while !Task.isCancelled {
            if let session = try? await session() {
                pause = Self.firstPause
                await stay(with: session)
            }
            guard !Task.isCancelled else { return }
            // Someone who asks meanwhile looks for himself.
            let count = changed.count
            _ = try? await inTime(pause, clock: clock) { try await self.changed.wait(after: count) }
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Follows a session until it is over, or somebody else found that it is.
    private func stay(with session: EngineSession) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow(session) }
            group.addTask {
                while true {
                    let count = self.changed.count
                    guard case .ready(let now) = self.standing, now.number == session.number else { return }
                    guard (try? await self.changed.wait(after: count)) != nil else { return }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Listens to the engine's events, which end with it.
    private func follow(_ session: EngineSession) async {
        do {
            try await session.client.ask(EngineRequest(.get, "/events")) { answer in
                try await answer.check()
                try await answer.values { _ in
                    self.stirred.fire()
                    return true
                }
            }
            lost(session, .broken("it ended its events"))
        } catch let error as EngineError {
            lost(session, error)
        } catch {
            guard !(error is CancellationError) else { return }
            lost(session, .broken("\(error)"))
        }
        stirred.fire()
    }

    private func search() async throws(EngineAbsence) -> EngineSession {
        var faults: [EngineError] = []
        for known in place.clients {
            do {
                guard
                    let (client, identity) = try await inTime(
                        Self.answerLimit, clock: clock, { try await known.negotiate() })
                else { throw EngineError.unreachable(known.address, reason: "it does not answer") }
                let session = state.withLock { state in
                    state.found += 1
                    let session = EngineSession(client: client, identity: identity, number: state.found)
                    state.standing = .ready(session)
                    return session
                }
                logger.notice(
                    "engine found",
                    metadata: [
                        "at": .string("\(known.address)"), "engine": .string("\(identity.product) \(identity.version)"),
                        "api": .string("\(identity.api)"),
                    ])
                changed.fire()
                stirred.fire()
                return session
            } catch let error as EngineError {
                faults.append(error)
            } catch {
                throw .away("\(error)")
            }
        }
        throw settle(faults)
    }

    /// What it means that no address had an engine.
    private func settle(_ faults: [EngineError]) -> EngineAbsence {
        // Where nothing was ever there, a missing socket is no news.
        let telling = faults.first { !place.isChosen ? !$0.isMissingSocket : true }
        return state.withLock { state in
            switch state.standing {
            case .away(let identity, _):
                let reason = (telling ?? faults.first).map { "\($0)" } ?? "it has no address any more"
                state.standing = .away(identity, reason)
                return .away(reason)
            case .none(let fault):
                let reason = telling.map { "\($0)" } ?? (faults.isEmpty ? fault : nil)
                state.standing = .none(reason)
                return place.wasSeen ? .away(reason ?? "it does not answer") : .none(reason)
            case .ready: return .away("it came and went")
            }
        }
    }
}

/// Why there is no engine to ask.
enum EngineAbsence: Error, Sendable {
    /// There never was one; why the one that is there does not do, where there is one.
    case none(String?)
    case away(String)
}

extension EngineError {
    /// Whether there simply is nothing at that place.
    var isMissingSocket: Bool {
        if case .unreachable(_, let reason) = self { reason == EngineClient.noSocket } else { false }
    }
}
