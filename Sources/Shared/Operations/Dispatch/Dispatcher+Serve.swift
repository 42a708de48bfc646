import CallProtocol
import Logging
import NIOCore

/// The life of one call on the answering side.
extension Dispatcher {
    func serve(_ opening: Opening, on stream: any CallStream, caller asking: Caller, call: RunningCall) async {
        let responder = Responder(stream: stream, id: opening.id)
        let (entry, caller): (OperationEntry, Caller)
        do {
            (entry, caller) = try await admit(opening.request, of: asking)
        } catch {
            let error = wireError(error, opening.request.operation)
            tellRefused(opening.request, error.code, asking)
            return await responder.fail(error)
        }
        let kind = entry.descriptor.kind
        let context = CallContext(
            id: opening.id, caller: caller, idempotencyKey: opening.request.idempotencyKey,
            operation: entry.descriptor.name, input: opening.request.input ?? .emptyObject)
        watch(stream, after: opening.rest, kind: kind, call: call)
        let deadline = opening.request.deadlineMs ?? entry.descriptor.defaultDeadlineMs
        let token = deadline.map { milliseconds in
            deadlines.schedule(in: milliseconds) {
                call.stop(.timeout)
                Task { await responder.fail(Self.timeout(context.operation, milliseconds)) }
            }
        }
        let manner: OpenCalls.Manner =
            kind != .subscription ? .finishes : caller.forwardedFor == nil ? .isLast : .ends
        calls.insert(call, manner)
        let (error, subject) = await run(entry, context, opening, stream, responder, call)
        calls.remove(call, manner)
        if let token { deadlines.cancel(token) }
        if kind == .mutation || kind == .session {
            audit(
                AuditEvent(
                    caller: caller.peer, role: caller.role, forwardedFor: caller.forwardedFor,
                    operation: context.operation, kind: kind, subject: subject, error: error?.code))
        }
    }

    private func tellRefused(_ request: CallRequest, _ code: ErrorCode, _ caller: Caller) {
        let elsewhere = try? source?.entry(request.operation, for: caller)
        guard let known = registry[request.operation]?.descriptor ?? elsewhere?.descriptor,
            known.kind == .mutation || known.kind == .session
        else { return }
        audit(
            AuditEvent(
                caller: caller.peer, role: caller.role, forwardedFor: caller.forwardedFor, operation: request.operation,
                kind: known.kind, subject: known.subject(input: request.input), error: code, isRefused: true))
    }

    /// Order of the checks: visibility, scope, kind and carriage, length of the input, resource.
    /// - Returns: the operation, and the caller with the grants that count for the resource it is about.
    private func admit(_ request: CallRequest, of caller: Caller) async throws -> (OperationEntry, Caller) {
        let entry = try admit(request, caller: caller)
        let rule = entry.descriptor.access
        guard let resource = rule.resource, caller.isBound(by: rule) else { return (entry, caller) }
        let text = resource.id(in: request.input)
        let names = if let text { try await self.names(resource, text) } else { [String]() }
        return (entry, try caller.bound(to: names, as: text, by: rule))
    }

    private func admit(_ request: CallRequest, caller: Caller) throws(CallError) -> OperationEntry {
        let name = request.operation
        var found = registry[name]
        if found == nil { found = try source?.entry(name, for: caller) }
        guard let entry = found, entry.descriptor.visibility == .external else {
            throw CallError(.notFound, "there is no operation `\(name)` here; `capstan operations` lists what there is")
        }
        guard caller.may(entry.descriptor.access) else {
            throw CallError(
                .forbidden, "`\(caller.name)` (role \(caller.role)) lacks the scope \(entry.descriptor.access.scope)")
        }
        let carriage = request.carriage ?? .json
        guard carriage == entry.descriptor.carriage else {
            throw CallError(
                .invalidOperationKind,
                "\(name) is a \(entry.descriptor.kind.rawValue) with carriage \(entry.descriptor.carriage.rawValue), "
                    + "not \(carriage.rawValue)")
        }
        let (size, limit) = (request.input?.count ?? 0, entry.descriptor.inputLimit)
        guard size <= limit else {
            throw CallError(.invalidInput, "the input is \(size) bytes long; \(name) takes \(limit) at most")
        }
        return entry
    }

    /// Lets RESET and a lost link reach the handler. A mutation that began runs to its end when only the link is gone.
    private func watch(_ stream: any CallStream, after rest: ByteBuffer, kind: OperationKind, call: RunningCall) {
        stream.onFailure { failure in
            let wasAsked = failure.code == .aborted || failure.code == .timeout
            call.stop(.gone, cancelling: kind != .mutation || wasAsked)
        }
        guard kind != .session, !stream.hasEnded || rest.readableBytes > 0 else { return }
        Task { await listenForAbort(stream, after: rest, call: call) }
    }

    private func listenForAbort(_ stream: any CallStream, after rest: ByteBuffer, call: RunningCall) async {
        var decoder = EnvelopeDecoder(limit: 64 * 1024)
        decoder.append(rest)
        do {
            repeat {
                while let envelope = try decoder.next() {
                    switch envelope.kind {
                    case .aborted: call.stop(.aborted)
                    case .requested:
                        call.stop(.gone)
                        return stream.reset(.protocolViolation, "a stream carries one call")
                    default: break
                    }
                }
                guard let bytes = try await stream.read() else { return try decoder.finish() }
                decoder.append(bytes)
            } while true
        } catch let error as EnvelopeError {
            stream.reset(.frame, error.reason)
            call.stop(.gone)
        } catch {
            // The failure has reached the call by itself.
        }
    }

    /// - Returns: how it failed, if it did, and what it was about.
    private func run(
        _ entry: OperationEntry, _ context: CallContext, _ opening: Opening, _ stream: any CallStream,
        _ responder: Responder, _ call: RunningCall
    ) async -> (CallError?, subject: String?) {
        var subject = entry.descriptor.subject(input: context.input)
        do {
            switch entry.handler {
            case .unary(let body):
                let output = try await body(context.input, context)
                if subject == nil { subject = entry.descriptor.subject(input: context.input, output: output) }
                try await responder.conclude(output)
            case .subscription(let body):
                try await body(context.input, context, OutputSink { try await responder.respond($0) })
                // A body that took the cancel as its end is no less aborted.
                if call.reason == .aborted || call.reason == .shutdown { throw CancellationError() }
                await responder.complete()
            case .session(let body):
                try await body(
                    context.input, context, SessionStream(stream: stream, responder: responder, rest: opening.rest))
                guard responder.isAccepted else {
                    throw CallError(.internalError, "\(context.operation) ended without taking up the session")
                }
                responder.close()
            }
            return (nil, subject)
        } catch {
            return (await settle(error, context, responder, call), subject)
        }
    }

    private func settle(
        _ error: any Error, _ context: CallContext, _ responder: Responder, _ call: RunningCall
    ) async -> CallError {
        if call.reason == .aborted, wasCancelled(error) {
            await responder.abort()
            return CallError(.aborted, "ended by the caller")
        }
        let error =
            switch call.reason {
            case .shutdown where wasCancelled(error):
                CallError(.unavailable, "this side is stopping; call again in a moment")
            case .timeout where wasCancelled(error):
                CallError(.timeout, "\(context.operation) was not done in time")
            default: wireError(error, context.operation)
            }
        await responder.fail(error)
        return error
    }

    private func wasCancelled(_ error: any Error) -> Bool {
        error is CancellationError || (error as? CallError)?.code == .aborted
            || (error as? StreamFailure)?.code == .aborted
    }

    private func wireError(_ error: any Error, _ operation: String) -> CallError {
        if let error = error as? CallError { return error }
        if let error = translate(error) { return error }
        if let failure = error as? StreamFailure { return CallError(failure) }
        if error is CancellationError { return CallError(.aborted, "\(operation) was cancelled") }
        // The cause is for the log of this side, not for the wire.
        logger.error(
            "handler failed", metadata: ["operation": .string(operation), "error": .string("\(error)")])
        return CallError(.internalError, "\(operation) failed inside; the log of the side that ran it says why")
    }

    private static func timeout(_ operation: String, _ milliseconds: Int64) -> CallError {
        CallError(.timeout, "\(operation) was not done within \(milliseconds) ms")
    }
}
