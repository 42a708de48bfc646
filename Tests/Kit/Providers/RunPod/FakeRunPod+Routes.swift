import CallProtocol
import Synchronization

extension FakeRunPod {
    /// What a request asks for.
    private struct Route {
        let operation: String
        /// The pod that it is about; a pod's own key opens nothing else.
        var pod: String?
        let perform: (Fault?) throws -> FakeResponse

        init(_ operation: String, pod: String? = nil, _ perform: @escaping (Fault?) throws -> FakeResponse) {
            (self.operation, self.pod, self.perform) = (operation, pod, perform)
        }
    }

    /// Answers one request: the key, the quota, the fault, and then the thing itself.
    func answer(_ request: RecordedRequest) async -> FakeResponse {
        settle()
        guard let bearer = request.bearer else {
            return RunPodProblem(401, "no bearer token was given").response
        }
        let isAccount = bearer == settings.token
        let owner = isAccount ? nil : account.existing.first { RunPodPod.key(of: $0.id) == bearer }?.id
        guard isAccount || owner != nil else {
            return RunPodProblem(401, "the bearer token is not valid").response
        }
        let reading = rates.withLock { $0.take(settings.rateWindows, now: account.time.now()) }
        var response: FakeResponse
        if let exceeded = reading.exceeded {
            response = RunPodProblem.rateLimited(exceeded.window, retryAfter: exceeded.wait)
        } else {
            response = await answer(request, owner: owner)
        }
        response.headers += reading.headers
        return response
    }

    private func answer(_ request: RecordedRequest, owner: String?) async -> FakeResponse {
        let methods = routes(request)
        guard let route = methods[request.method] else {
            if methods.isEmpty { return RunPodProblem.notFound.response }
            var response = RunPodProblem(405, "the method is not allowed here").response
            response.headers.append(HeaderLine("Allow", methods.keys.sorted().joined(separator: ", ")))
            return response
        }
        if let owner, route.pod != owner { return RunPodProblem(403, "this key opens one pod only").response }
        let fault = faults.next(route.operation)
        let runner = FaultRunner(
            refusal: { RunPodProblem($0, "something went wrong").response },
            rateLimited: { RunPodProblem.rateLimited("minute", retryAfter: $0 ?? 1) })
        return await runner.run(fault) {
            do {
                return try route.perform(fault)
            } catch {
                return (error as? RunPodProblem ?? RunPodProblem(500, "\(error)")).response
            }
        }
    }

    /// What the methods of a path do; none for a path that is not there.
    private func routes(_ request: RecordedRequest) -> [String: Route] {
        let (target, segments) = (request.target, request.target.segments)
        guard segments.first == "v2", segments.count > 1 else { return [:] }
        let rest = Array(segments.dropFirst(2))
        switch (segments[1], rest.count) {
        case ("catalog", 1...2): return catalogRoutes(target, rest)
        case ("billing", 1) where rest[0] == "pods":
            return ["GET": Route("listPodBilling") { _ in try self.billing(target) }]
        case ("pods", 0):
            return [
                "GET": Route("listPods") { _ in self.list(target) },
                "POST": Route("createPod") { try self.create(request, $0) },
            ]
        case ("pods", 1):
            return [
                "GET": Route("getPod", pod: rest[0]) { _ in try self.read(rest[0]) },
                "DELETE": Route("deletePod", pod: rest[0]) { try self.delete(rest[0], $0) },
            ]
        case ("pods", 2) where rest[1] == "action":
            return ["POST": Route("podAction", pod: rest[0]) { try self.act(request, rest[0], $0) }]
        case ("pods", 2) where rest[1] == "logs":
            return ["GET": Route("getPodLogs", pod: rest[0]) { _ in try self.readLogs(request, rest[0]) }]
        default: return [:]
        }
    }

    private func catalogRoutes(_ target: RequestTarget, _ rest: [String]) -> [String: Route] {
        let id = rest.count > 1 ? rest[1] : nil
        switch rest[0] {
        case "gpus": return ["GET": Route(id == nil ? "listGpuTypes" : "getGpuType") { _ in try self.gpus(target, id) }]
        case "cpus": return ["GET": Route(id == nil ? "listCpuTypes" : "getCpuType") { _ in try self.cpus(target, id) }]
        case "datacenters":
            return ["GET": Route(id == nil ? "listDataCenters" : "getDataCenter") { _ in try self.centers(target, id) }]
        default: return [:]
        }
    }
}
