import CallProtocol
import Engine
import Operations

/// What outlasts the engine's absence.
extension ContainerService {
    /// Between two tries of what breaks off again and again, at first and at most.
    private static var firstPause: Duration { .milliseconds(20) }
    private static var longestPause: Duration { .seconds(5) }

    /// Runs `body` with the engine, and again when it went away meanwhile and is back; `body` goes on where it was.
    /// - Parameter away: told each time that the engine is gone.
    func resuming<Result>(
        away: () async throws -> Void = {}, _ body: (EngineClient) async throws -> Result
    ) async throws -> Result {
        var pause = Self.firstPause
        while true {
            let count = watch.changed.count
            do {
                let session = try await watch.session()
                do {
                    return try await body(session.client)
                } catch let error as EngineError {
                    guard error.isAbsence else { throw CallError(error) }
                    watch.lost(session, error)
                    try await away()
                    try await clock.sleep(for: pause)
                    pause = min(pause * 2, Self.longestPause)
                }
            } catch let absence as EngineAbsence {
                if case .none = absence { throw CallError(absence) }
                try await watch.changed.wait(after: count)
            }
        }
    }

    /// How a container ended, when it has.
    func wait(_ input: ContainerRef, for access: ContainerAccess) async throws -> ContainerExit {
        let id = try await find(input.container, for: access).id
        return try await resuming { try await self.exit(of: id, $0) }
    }

    /// - Throws: `CONTAINER_NOT_FOUND` when it is gone before anybody saw its end.
    func exit(of id: String, _ client: EngineClient) async throws -> ContainerExit {
        let before = try await document(id, client)
        if let end = before.exit { return end }
        // One that was never started ends after its start.
        let condition = before.state == "created" ? "next-exit" : "not-running"
        let answer = try await client.value(
            EngineRequest(.post, Self.path(id, "/wait"), query: [(name: "condition", value: condition)]))
        if let end = try? await document(id, client).exit { return end }
        // It removed itself with its end.
        let code = answer["StatusCode"]?.integerValue ?? -1
        return ContainerExit(
            exitCode: Int(code), oomKilled: false, error: answer["Error"]?["Message"]?.stringValue)
    }
}

extension ContainerView {
    /// How it ended; nil while it may still do something.
    var exit: ContainerExit? {
        guard state == "exited" || state == "dead", let exitCode else { return nil }
        return ContainerExit(exitCode: exitCode, oomKilled: oomKilled ?? false)
    }

    /// Whether it runs, or will by itself.
    var isAlive: Bool { ["running", "paused", "restarting"].contains(state) }
}
