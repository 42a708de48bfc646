import CallProtocol
import Formats
import FoundationEssentials
import Logging
import NIOCore
import Operations
import Processes

/// What is asked about sessions.
extension SessionService {
    func list(_ input: TTYListInput) async throws -> TTYSessionList {
        let views = try await all()
        return TTYSessionList(sessions: input.running == true ? views.filter { $0.state == .running } : views)
    }

    func kill(_ input: TTYSessionRef) async throws -> TTYSessionView {
        let view = try await find(input.session)
        if view.state == .running {
            logger.notice("session ended by request", metadata: ["session": .string(view.session)])
            _ = try await SupervisorClient.cancel(directory(view.session))
        }
        return try await find(view.session)
    }

    /// Every session that has left something here, the oldest first.
    func all() async throws -> [TTYSessionView] {
        let (folder, configuration) = (configuration.terminalsDirectory, configuration)
        return try await offload {
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
                .compactMap { Self.view(folder + "/" + $0, configuration) }
        }
    }

    /// The session of this id, or of this name: one that runs before those that have ended, and of these the latest.
    func find(_ text: String) async throws -> TTYSessionView {
        let (directory, configuration) = (directory(text), configuration)
        if AttemptService.isName(text),
            let view = try await offload({ Self.view(directory, configuration) })
        {
            return view
        }
        let named = try await all().filter { $0.name == text }
        guard let view = named.first(where: { $0.state == .running }) ?? named.last else {
            throw CallError(.notFound, "this node knows no session \"\(text)\"")
        }
        return view
    }

    /// What a session's directory says; nil where there is none, or not of this kind.
    private static func view(_ directory: String, _ configuration: SpokeConfiguration) -> TTYSessionView? {
        guard let about = try? SupervisorClient.about(directory),
            var view = try? JSONCoding.decode(TTYSessionView.self, from: ByteBuffer(string: about)),
            let state = try? SupervisorClient.inspect(directory)
        else { return nil }
        if let started = (try? SupervisorClient.startTime(directory)) ?? nil {
            view.startedAt = RFC3339.string(started)
        }
        switch state {
        case .absent: return nil
        case .running(let pid):
            view.pid = pid.map { Int($0) }
            view.offset = Int64(clamping: SessionTail.end(of: SupervisorClient.recordingPath(directory)))
        case .lost: (view.state, view.reason) = (.lost, "supervisor_lost")
        case .exited(let record):
            view.state = .exited
            view.endedAt = RFC3339.string(record.endedMs)
            view.exitCode = Int(record.exit.signal.map { 128 + $0 } ?? record.exit.code)
            view.signal = record.exit.signal.map(ProcessSignal.name(of:))
            if record.reason != .none { view.reason = record.reason.rawValue }
            view.offset = Int64(clamping: record.logLength)
        }
        return view
    }
}
