import CallProtocol
import Foundation
import NIOCore

extension FakeRunPod {
    /// POST /v2/pods.
    func create(_ request: RecordedRequest, _ fault: Fault?) throws -> FakeResponse {
        guard let body = request.json else { throw RunPodProblem(400, "the body is no JSON") }
        let settings = settings
        guard account.spend < settings.balance else { throw RunPodProblem(402, "the balance is used up") }
        let order = try RunPodOrder(body, settings)
        let id = newID()
        return try account.with { state, now in
            let place = try order.place(RunPodCatalog(settings, state.instances))
            var pod = RunPodPod.make(order, id: id, serial: state.serial(), at: place, now: now)
            if case .delayedVisibility(let delay) = fault { pod.hidden = delay.from(now) }
            state.add(pod, now: now)
            return .json(RunPodPod.json(pod, account.time, now: now), status: 201)
        }
    }

    /// GET /v2/pods: all in one answer. Members of clusters only when asked for.
    func list(_ target: RequestTarget) -> FakeResponse {
        let withMembers = target.parameter("includeClusterPods") == "true"
        return account.with { state, now in
            let pods = state.lookAtAll(now).filter { withMembers || $0.facts["cluster"] == nil }
            return .json(["pods": .array(pods.map { RunPodPod.json($0, account.time, now: now) })])
        }
    }

    /// GET /v2/pods/{id}.
    func read(_ id: String) throws(RunPodProblem) -> FakeResponse {
        let showsTerminated = settings.showsTerminated
        let answer = account.with { state, now in
            state.places[id].flatMap { place in
                state.instances[place].exists || showsTerminated ? state.look(place, now: now) : nil
            }.map { RunPodPod.json($0, account.time, now: now) }
        }
        guard let answer else { throw .notFound }
        return .json(answer)
    }

    /// DELETE /v2/pods/{id}, and the action of that meaning.
    func delete(_ id: String, _ fault: Fault?) throws -> FakeResponse {
        if case .notFoundOnDelete(let deleted) = fault {
            if deleted { account.move(id, to: .terminated) }
            throw RunPodProblem.notFound
        }
        try account.with { state, now in
            guard let place = state.places[id], state.instances[place].exists else { throw RunPodProblem.notFound }
            if state.instances[place].facts["cluster"] != nil {
                throw RunPodProblem(409, "a member of a cluster goes with its cluster")
            }
            state.move(place, to: .terminated, at: now)
        }
        return FakeResponse(204)
    }

    /// POST /v2/pods/{id}/action.
    func act(_ request: RecordedRequest, _ id: String, _ fault: Fault?) throws -> FakeResponse {
        guard let body = request.json else { throw RunPodProblem(400, "the body is no JSON") }
        guard body.objectValue?.keys == ["action"], let action = body["action"]?.stringValue,
            ["start", "stop", "restart", "terminate"].contains(action)
        else { throw RunPodProblem.invalid(["$: not an action and nothing else"]) }
        if action == "terminate" { return try delete(id, fault) }
        let settings = settings
        return try account.with { state, now in
            guard let place = state.places[id], state.instances[place].exists else { throw RunPodProblem.notFound }
            let pod = state.instances[place]
            guard RunPodPod.actions(pod.phase).contains(action) else {
                throw RunPodProblem(409, "'\(action)' is not possible for \(RunPodPod.status(pod))")
            }
            if action == "start", pod.phase == .stopped, !hasRoom(pod, RunPodCatalog(settings, state.instances)) {
                throw RunPodProblem.noCapacity
            }
            state.move(place, to: action == "stop" ? .stopped : .starting, at: now)
            state.settle(now)
            return .json(RunPodPod.json(state.instances[place], account.time, now: now))
        }
    }

    /// Whether a stopped pod gets its GPUs back; others may have rented them.
    private func hasRoom(_ pod: FakeInstance, _ catalog: RunPodCatalog) -> Bool {
        guard let gpu = catalog.settings.gpus.first(where: { .string($0.id) == pod.facts["gpu"]?["id"] }) else {
            return true
        }
        let count = Int(pod.facts["gpu"]?["count"]?.integerValue ?? 1)
        return gpu.stock.contains {
            .string($0.cloud) == pod.facts["cloud"] && .string($0.dataCenter) == pod.facts["dataCenterId"]
                && catalog.free(gpu, $0) >= count
        }
    }

    /// GET /v2/pods/{id}/logs: an event stream that goes on until the pod is gone.
    func readLogs(_ request: RecordedRequest, _ id: String) throws(RunPodProblem) -> FakeResponse {
        guard account.instance(id)?.exists == true else { throw .notFound }
        let target = request.target
        let source = target.parameter("source")
        if let source { try RunPodCatalogFilter.check("source", [source], among: ["container", "system"]) }
        let start: RunPodLogBook.Start
        if let cursor = request.header("Last-Event-ID") {
            guard let after = RunPodLogBook.start(after: cursor) else { throw .invalid(["Last-Event-ID: no time"]) }
            start = after
        } else if let since = target.parameter("since") {
            guard let date = try? Date(since, strategy: .iso8601) else { throw .invalid(["query.since: no time"]) }
            start = .since(date)
        } else {
            guard let tail = Int(target.parameter("tail") ?? "100"), (0...RunPodLogBook.limit).contains(tail) else {
                throw .invalid(["query.tail: not from 0 to \(RunPodLogBook.limit)"])
            }
            start = .tail(tail)
        }
        return FakeResponse(
            headers: [
                HeaderLine("Content-Type", "text/event-stream"), HeaderLine("Cache-Control", "no-cache"),
                HeaderLine("Connection", "keep-alive"), HeaderLine("X-Accel-Buffering", "no"),
            ], body: .stream(logs.read(id, source: source, from: start)))
    }
}
