package import CallProtocol
package import Logging
import NIOCore

/// Serves the calls of a registry over any stream: access, kind, deadline, abort, and exactly one end for each.
package struct Dispatcher: Sendable {
    package let registry: OperationRegistry
    /// Where what the registry has not is looked for.
    let source: (any OperationSource)?
    let deadlines: DeadlineQueue
    let audit: @Sendable (AuditEvent) -> Void
    let logger: Logger
    let translate: @Sendable (any Error) -> CallError?
    let names: @Sendable (AccessRule.Resource, String) async throws -> [String]
    let calls = OpenCalls()

    /// - Parameters:
    ///   - source: where what the registry has not is looked for.
    ///   - audit: called once for every mutation and session, when it is over or refused.
    ///   - translate: turns errors of the modules below into wire errors; nil leaves it to the common rules.
    ///   - names: the id and the names of the resource that an input means by a text, for callers whose grants are for
    ///     some resources only.
    package init(
        registry: OperationRegistry, source: (any OperationSource)? = nil, deadlines: DeadlineQueue = DeadlineQueue(),
        logger: Logger,
        audit: @escaping @Sendable (AuditEvent) -> Void = { _ in },
        translate: @escaping @Sendable (any Error) -> CallError? = { _ in nil },
        names: @escaping @Sendable (AccessRule.Resource, String) async throws -> [String] = { [$1] }
    ) {
        self.registry = registry
        self.source = source
        self.deadlines = deadlines
        self.audit = audit
        self.logger = logger
        self.translate = translate
        self.names = names
    }

    /// Inputs up to so many bytes count as little work.
    private static let smallInput = 64 * 1024

    /// Reads the opening of a fresh stream and serves it. One task for the whole call.
    ///
    /// - Parameter executor: where little work is done without a change of thread: calls of one answer and
    ///   subscriptions, with small inputs, and sessions that only carry bytes. Other sessions, and whatever is large, have the pool as everything has without it.
    package func start(
        _ stream: any CallStream, on executor: (any TaskExecutor)? = nil,
        caller: @escaping @Sendable (CallRequest) -> Caller
    ) {
        run(stream, on: executor) { call in
            guard let opening = await readOpening(stream) else { return }
            let caller = caller(opening.request)
            guard executor != nil, isMuchWork(opening) else {
                return await serve(opening, on: stream, caller: caller, call: call)
            }
            await withTaskExecutorPreference(globalConcurrentExecutor) {
                await serve(opening, on: stream, caller: caller, call: call)
            }
        }
    }

    private func isMuchWork(_ opening: Opening) -> Bool {
        let descriptor = registry[opening.request.operation]?.descriptor
        return opening.request.input?.count ?? 0 > Self.smallInput
            || (descriptor?.kind == .session && descriptor?.isRelay == false)
    }

    /// Serves a stream whose opening was read by somebody else.
    package func start(_ opening: Opening, on stream: any CallStream, caller: Caller) {
        run(stream) { call in
            await serve(opening, on: stream, caller: caller, call: call)
        }
    }

    /// Ends every subscription with `UNAVAILABLE`, because this side is stopping; other calls run to their end.
    /// - Parameter keepingOwn: lets those that nobody stands behind but the caller itself go on until no other call does,
    ///   so that a hub hears of what ends meanwhile.
    package func endSubscriptions(keepingOwn: Bool = false) { calls.end(isAll: !keepingOwn) }

    /// Answers a call with an error, without running anything.
    package static func refuse(_ id: String, _ error: CallError, on stream: any CallStream) async {
        await Responder(stream: stream, id: id).fail(error)
    }

    private func run(
        _ stream: any CallStream, on executor: (any TaskExecutor)? = nil,
        _ body: @escaping @Sendable (RunningCall) async -> Void
    ) {
        let call = RunningCall()
        call.attach(Task(executorPreference: executor) { await body(call) })
    }

    private func readOpening(_ stream: any CallStream) async -> Opening? {
        var reader = OpeningReader()
        var held = 0
        defer { stream.assembly.give(back: held) }
        do {
            while let bytes = try await stream.read() {
                guard stream.assembly.take(bytes.readableBytes) else {
                    stream.reset(.resourceExhausted, EnvelopeError.overBudget.reason)
                    return nil
                }
                held += bytes.readableBytes
                switch try reader.feed(bytes) {
                case .needsMore: continue
                case .opened(let opening): return opening
                case .refused(let id, let error):
                    await Self.refuse(id, error, on: stream)
                    return nil
                }
            }
            try reader.finish()
            stream.reset(.protocolViolation, "the stream ended before a call was requested")
        } catch let error as EnvelopeError {
            stream.reset(.frame, error.reason)
        } catch {
            // The stream failed: there is nobody to answer.
        }
        return nil
    }
}
