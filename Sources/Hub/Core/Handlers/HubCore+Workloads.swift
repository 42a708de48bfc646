import CallProtocol
import Formats
import NIOCore
import Operations
import Store

extension HubCore {
    var workloadEntries: [OperationEntry] {
        [
            WorkloadOperations.submit.handled { try await self.submit($0, $1) },
            WorkloadOperations.list.handled { try await self.listWorkloads($0, $1) },
            WorkloadOperations.show.handled { input, context in
                let show = WorkloadOperations.show.descriptor
                let workload = try await self.find(input.workload, show, context)
                return try await self.view(
                    workload, for: self.audience(show, context), showing: self.environment(of: workload, for: context))
            },
            WorkloadOperations.watch.subscribed { try await self.watch($0, $1, $2) },
            WorkloadOperations.logs.subscribed { input, context, sink in
                try await WorkloadLogs(core: self, input: input, context: context).send(to: sink)
            },
            WorkloadOperations.cancel.handled { try await self.cancel($0, $1) },
            WorkloadOperations.receipt.handled { input, context in
                let receipt = WorkloadOperations.receipt.descriptor
                let workload = try await self.find(input.workload, receipt, context)
                return try await self.receiptView(
                    of: try await self.attempt(input.attempt, of: workload, for: self.audience(receipt, context)))
            },
        ]
    }

    /// The workload that a person means.
    func find(_ text: String) async throws -> WorkloadRecord {
        try matched(try await store.read { try $0.findWorkload(text) }, text)
    }

    func matched(_ match: WorkloadMatch, _ text: String) throws -> WorkloadRecord {
        switch match {
        case .one(let workload): return workload
        case .none: throw CallError(.notFound, "there is no workload `\(text)`; `capstan workload list` shows them")
        case .ambiguous(let several):
            let candidates = several.map { workload in
                let time = RFC3339.string(workload.submittedAt)
                return (workload.id, "\(workload.id) (\(workload.name), \(workload.state.rawValue), submitted \(time))")
            }
            throw CallError(
                ambiguous: text, "means several workloads, give the id of one", candidates: candidates, isAll: false)
        }
    }

    /// The attempts that an audience may see, nil: all.
    func attempts(of workload: WorkloadRecord, for audience: Audience?) async throws -> [AttemptRecord] {
        let all = try await store.read { try $0.attempts(of: workload.id) }
        return all.filter { audience?.maySee($0, of: workload) ?? true }
    }

    /// The attempt of that number, the latest without one.
    func attempt(
        _ number: Int?, of workload: WorkloadRecord, for audience: Audience?
    ) async throws -> AttemptRecord {
        let attempts = try await attempts(of: workload, for: audience)
        let wanted = number.map { number in attempts.first { $0.number == number } } ?? attempts.last
        guard let wanted else {
            throw CallError(
                .failedPrecondition,
                attempts.isEmpty
                    ? "workload \(workload.name) has no attempt yet (\(workload.state.rawValue): \(workload.reason))"
                    : "workload \(workload.name) has \(attempts.count) attempts")
        }
        return wanted
    }

    private func submit(_ spec: WorkloadSpec, _ context: CallContext) async throws -> WorkloadView {
        let submit = WorkloadOperations.submit.descriptor.access
        // A container is made for whoever may make containers there: with a mount it can be all of the machine.
        let reach =
            spec.image == nil
            ? context.caller.reach(submit)
            : context.caller.reach(submit, and: ContainerOperations.create.descriptor.access)
        let now = clock.now()
        let claim = context.idempotencyKey.map { key in
            IdempotencyClaim(
                peerId: context.caller.peer, operation: context.operation, key: key,
                fingerprint: context.inputFingerprint, at: now)
        }
        // Before anything else: what was accepted once is not judged again by what the fleet is now.
        if let claim, case .done(let bytes) = try await store.read({ try $0.state(of: claim) }) {
            return try Self.firstAnswer(bytes)
        }
        try validate(spec, context)
        let id = ids.next(at: now)
        let record = WorkloadRecord(
            id: id, name: spec.name ?? Self.name(ofProgram: spec.cmd.first ?? spec.image ?? ""),
            owner: context.caller.peer,
            spec: try JSONCoding.encode(seal.sealed(spec, of: id)).description, reach: reach.stored,
            priority: spec.priority ?? 50,
            reason: Scheduler.firstReason, submittedAt: now)
        // The answer is kept with the idempotency key, so that the values stand in one place only.
        let view = WorkloadView(
            record, spec: spec, attempts: [], node: nil, ownerName: context.caller.name, environment: .names)
        let answer = Array(try JSONCoding.encode(view).buffer.readableBytesView)
        let outcome = try await store.write { transaction in
            let outcome = try transaction.submit(record, claim: claim, answer: answer)
            if outcome == .submitted {
                _ = try transaction.append(
                    EventDraft(
                        at: now, kind: "workload.submitted", actor: record.owner, subject: id,
                        message: "workload \(record.name) submitted"))
            }
            return outcome
        }
        switch outcome {
        case .submitted:
            events.wrote()
            schedulerSignal.fire()
            return view
        case .repeated(let bytes): return try Self.firstAnswer(bytes)
        case .keyReused:
            throw CallError(.conflict, "the idempotency key was used for another workload; use a new key")
        }
    }

    private static func firstAnswer(_ bytes: IdempotencyAnswer) throws -> WorkloadView {
        try JSONCoding.decode(WorkloadView.self, from: .init(bytes: bytes))
    }

    /// A name for a workload that was given none: its program's, made fit.
    private static func name(ofProgram path: String) -> String {
        let program = path.split(separator: "/").last.map { String($0) } ?? ""
        let fit = String(program.map { FleetName.isFit($0) ? $0 : "-" }.drop { "._-".contains($0) }.prefix(63))
        return FleetName.isFit(fit) ? fit : "workload"
    }

    private func validate(_ spec: WorkloadSpec, _ context: CallContext) throws {
        if let invalidity = spec.invalidity { throw CallError(.invalidInput, invalidity) }
        do {
            _ = try LabelSelector(parsing: spec.labels ?? [])
        } catch {
            throw CallError(.invalidInput, "labels: \(error)")
        }
        if spec.image != nil, !context.caller.may(ContainerOperations.create.descriptor.access) {
            throw CallError(
                .forbidden,
                "`\(context.caller.name)` (role \(context.caller.role)) lacks the scope container:create, which workloads with an "
                    + "image take")
        }
        if spec.rent != nil, !context.caller.may(InstanceOperations.rent.descriptor.access) {
            throw CallError(
                .forbidden,
                "`\(context.caller.name)` (role \(context.caller.role)) lacks the scope instance:rent, which --rent takes"
            )
        }
        if let name = spec.name { try FleetName.check(name) }
        if let node = spec.node { _ = try visible(node, WorkloadOperations.submit.descriptor, context) }
    }

    /// Bytes of specifications after which a page of a list ends, however few workloads they are.
    private static let listBytes = 8 << 20

    private func listWorkloads(_ input: WorkloadListInput, _ context: CallContext) async throws -> WorkloadList {
        let list = WorkloadOperations.list.descriptor
        let states = try (input.states ?? []).map { text in
            guard let state = WorkloadState(rawValue: text) else {
                let all = WorkloadState.allCases.map(\.rawValue).joined(separator: ", ")
                throw CallError(.invalidInput, "states: `\(text)` is none of \(all)")
            }
            return state
        }
        let filter = WorkloadFilter(
            states: Set(states), node: try input.node.map { try visible($0, list, context).id },
            audience: audience(list, context))
        let page = try await store.read {
            try $0.workloadPage(filter, before: input.cursor, limit: input.limit ?? 100, bytes: Self.listBytes)
        }
        return WorkloadList(
            workloads: page.rows.map {
                WorkloadView(
                    $0, spec: $0.decodedSpec, attempts: [], node: nodeName($0.nodeId),
                    ownerName: directory[$0.owner]?.name, environment: .nothing)
            },
            cursor: page.mayBeMore ? page.rows.last?.id : nil)
    }

    private func view(
        _ workload: WorkloadRecord, for audience: Audience?, showing environment: ShownEnvironment
    ) async throws -> WorkloadView {
        let attempts = try await attempts(of: workload, for: audience)
        let now = clock.now()
        let costs = attempts.isEmpty ? [:] : try await store.read { try $0.costs(of: attempts, at: now) }
        let whole = environment == .values ? try? seal.opened(workload.decodedSpec, of: workload.id) : nil
        var view = WorkloadView(
            workload, spec: whole ?? workload.decodedSpec,
            attempts: attempts.map { AttemptView($0, node: nodeName($0.nodeId) ?? $0.nodeId, cost: costs[$0.id]) },
            node: nodeName(workload.nodeId), ownerName: directory[workload.owner]?.name,
            environment: whole == nil ? .names : .values)
        if workload.decodedSpec.rent != nil, let rented = try await rented(for: workload.id) {
            view.rented = rented
            view.waitedMs = waited(workload, attempts)
        }
        if workload.state.isTerminal { view.signal = view.attempts.last?.signal }
        if let node = awaited(by: workload) {
            let state = presence.state(of: node).rawValue
            view.reason = "is to be cancelled, which waits for \(node.name) (\(state)) to come back"
        }
        return view
    }

    /// The node without a link on which a cancelled workload has yet to end.
    private func awaited(by workload: WorkloadRecord) -> Peer? {
        guard workload.cancelRequested, !workload.state.isTerminal, let id = workload.nodeId else { return nil }
        return presence.link(id) == nil ? directory[id] : nil
    }

    private func nodeName(_ id: String?) -> String? { id.map { directory.name(of: $0) ?? $0 } }

    private func watch(_ input: WorkloadRef, _ context: CallContext, _ sink: OutputSink) async throws {
        let watch = WorkloadOperations.watch.descriptor
        let id = try await find(input.workload, watch, context).id
        let topic = workloadTopics.acquire(id)
        defer { workloadTopics.release(id) }
        var last: WorkloadView?
        while true {
            let mark = topic.mark
            let workload = try await find(id, watch, context)
            let view = try await view(
                workload, for: audience(watch, context), showing: environment(of: workload, for: context))
            if view.withoutGrowth != last { try await sink.send(view) }
            last = view.withoutGrowth
            if WorkloadState(rawValue: view.state)?.isTerminal != false { return }
            try await topic.wait(after: mark)
        }
    }

    private func cancel(_ input: WorkloadRef, _ context: CallContext) async throws -> WorkloadView {
        let cancel = WorkloadOperations.cancel.descriptor
        let workload = try await find(input.workload, cancel, context)
        let (now, name) = (clock.now(), context.caller.name)
        let outcome = try await store.write { transaction in
            let outcome = try transaction.requestCancel(workload.id, reason: "cancelled by \(name)", at: now)
            _ = try transaction.append(
                EventDraft(
                    at: now, kind: "workload.cancel", actor: context.caller.peer, subject: workload.id,
                    message: "\(name) wishes the end of workload \(workload.name)"))
            if case .cancelled(let ended) = outcome {
                // Nothing had been placed: that is its end, and no attempt will tell of it.
                _ = try transaction.append(
                    EventDraft(
                        at: now, kind: "workload.cancelled", subject: ended.id,
                        message: "workload \(ended.name) cancelled"))
            }
            return outcome
        }
        events.wrote()
        workloadTopics.fire(workload.id)
        if case .requested(_, let attempt) = outcome { sessions[attempt.nodeId]?.cancel(attempt.id) }
        return try await view(try await find(workload.id), for: audience(cancel, context), showing: .names)
    }
}

extension WorkloadRecord {
    var decodedSpec: WorkloadSpec {
        (try? JSONCoding.decode(WorkloadSpec.self, from: .init(string: spec))) ?? WorkloadSpec(cmd: [])
    }
}
