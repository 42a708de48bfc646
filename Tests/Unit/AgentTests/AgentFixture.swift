import CallProtocol
import Logging
import NIOPosix
import Operations
import TestKit

@testable import Agent

/// A spoke that serves a small registry to an ``AgentHub``, with a clock that a test moves on.
struct AgentFixture: Sendable {
    let agent: SpokeAgent
    let clock: ManualClock
    /// What the agent told, in order.
    let statuses: Recorder<SpokeAgent.Status>
    /// What it wrote into its log, in order.
    let lines: Recorder<String>

    /// Runs an agent beside `body`; it is cancelled and has ended when this returns.
    static func with(
        _ hub: AgentHub, _ entries: [OperationEntry] = [], _ body: (AgentFixture) async throws -> Void
    ) async throws {
        let (statuses, lines, clock) = (Recorder<SpokeAgent.Status>(), Recorder<String>(), ManualClock())
        let logger = Logger(label: "agent") { _ in RecordingLog(lines: lines) }
        let agent = SpokeAgent(
            keyring: SpokeKeyring(hub.identity, in: nil), registry: try OperationRegistry(entries),
            software: "agent tests",
            operationsDigest: "", group: MultiThreadedEventLoopGroup.singleton, logger: logger, clock: clock
        ) { statuses.add($0) }
        let running = Task { await agent.run() }
        let result: Result<Void, any Error>
        let fixture = AgentFixture(agent: agent, clock: clock, statuses: statuses, lines: lines)
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        running.cancel()
        _ = await running.value
        try result.get()
    }
}

/// Keeps what is logged: the message, then the metadata in the order of its keys.
private struct RecordingLog: LogHandler {
    let lines: Recorder<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let own = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        lines.add("\(event.message)" + own.joined())
    }
}
