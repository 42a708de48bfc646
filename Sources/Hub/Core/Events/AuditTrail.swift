import CallProtocol
import Logging
import Operations
import Store

/// Events about calls and links, which are written soon by somebody else than who tells them, in order.
final class AuditTrail: Sendable {
    private let directory: PeerDirectory
    private let events: EventLog
    private let clock: HubClock
    private let logger: Logger
    let refused: RefusedCalls
    private let repeated: RepeatedCalls
    private let untold = EventQueue()

    init(directory: PeerDirectory, events: EventLog, clock: HubClock, logger: Logger) {
        self.directory = directory
        self.events = events
        self.clock = clock
        self.logger = logger
        refused = RefusedCalls(monotonic: clock.monotonic)
        repeated = RepeatedCalls(monotonic: clock.monotonic)
    }

    /// Notes a call that the hub served itself.
    /// - Parameter isOfNode: whether its subject is a node, which goes by its id; what else a text means is not looked up for an
    ///   entry.
    func note(_ event: AuditEvent, isOfNode: Bool) {
        let node = isOfNode ? event.subject : nil
        record(
            caller: event.caller, role: event.role, operation: event.operation,
            node: node.flatMap { try? directory.node($0).id },
            subject: event.subject, error: event.error?.rawValue, isRefused: event.isRefused)
    }

    /// Notes a call that was passed on.
    ///
    /// A mutation's first envelope is its whole result. A session's says that it was accepted; what its program did is
    /// between the two ends, so that only an end by force is told.
    func note(_ call: CallRouter.RoutedCall, _ answer: RoutedAnswer?, _ failure: StreamFailure?) {
        guard call.isAudited else { return }
        let broken = failure.map { CallError($0).code.rawValue }
        let error: String? =
            switch answer {
            case .error(let code): code?.rawValue ?? "unread"
            case .aborted: ErrorCode.aborted.rawValue
            case .responded: call.kind == .mutation ? nil : broken
            case .unread: broken
            case nil: call.refusal?.rawValue ?? broken ?? "no answer"
            }
        // Each connection of a forward is a call: a browser makes hundreds in a minute.
        if call.isRelay {
            let words = [call.caller.peer, call.node, call.subject, error].map { $0 ?? "" }
            guard repeated.admits(words) else { return }
        }
        record(
            caller: call.caller.peer, role: call.caller.role, operation: call.operation, node: call.node,
            subject: call.subject, error: error, isRefused: call.refusal != nil, answer: answer?.word ?? "none")
    }

    /// A caller's text is cut to so many characters.
    private static let subjectLength = 100

    private func record(
        caller: String, role: String, operation: String, node: String?, subject: String?, error: String?,
        isRefused: Bool, answer: String? = nil
    ) {
        // Whoever enrols can come with a new key each time: all of them count as one, and all that fails.
        let isStranger = role == Caller.enrolRole
        if isRefused || isStranger && error != nil, !refused.admits(isStranger ? role : caller) { return }
        var data: JSONValue = ["role": .string(role)]
        if let answer { data["answer"] = .string(answer) }
        data["result"] = .string(error ?? "ok")
        if let error { data["error"] = .string(error) }
        let subject = subject.map { String($0.prefix(Self.subjectLength)) }
        let name = directory[caller]?.name ?? caller
        let thing = subject.map { " of \($0)" } ?? ""
        let place = subject == nil ? node.flatMap { directory[$0]?.name }.map { " on \($0)" } ?? "" : ""
        let outcome = error.map { ": \($0)" } ?? ""
        tell(
            EventDraft(
                at: clock.now(), kind: "call." + operation, severity: error == nil ? .info : .warning, actor: caller,
                node: node, subject: subject, message: "\(name) called \(operation)\(thing)\(place)\(outcome)",
                data: "\(data)"))
    }

    /// Writes an event soon. Past the backlog it is dropped, and the log says so.
    func tell(_ draft: EventDraft) {
        if !untold.add(draft) {
            logger.error("event dropped: the store is too slow", metadata: ["kind": .string(draft.kind)])
        }
    }

    /// Writes what is told, until its task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let mark = untold.mark
            await writeRest()
            do { try await untold.wait(after: mark) } catch { return }
        }
    }

    /// Writes what is told and not written yet.
    func writeRest() async {
        let drafts = untold.take()
        guard !drafts.isEmpty else { return }
        do {
            try await events.append(drafts)
        } catch {
            logger.error(
                "events not written",
                metadata: ["count": .stringConvertible(drafts.count), "error": .string("\(error)")])
        }
    }
}
