import CallProtocol
import Synchronization

extension FakeVast {
    /// What a request asks for.
    private struct Route {
        let operation: String
        /// The instance that it is about; an instance's own key opens nothing else.
        var instance: String?
        let perform: (Fault?) throws -> FakeResponse

        init(_ operation: String, instance: String? = nil, _ perform: @escaping (Fault?) throws -> FakeResponse) {
            (self.operation, self.instance, self.perform) = (operation, instance, perform)
        }
    }

    /// Answers one request: the slash, the key, how often it comes, the fault, and then the thing itself.
    func answer(_ request: RecordedRequest) async -> FakeResponse {
        let settings = settings
        if request.target.segments.first == "logs", request.method == "GET" {
            return await run("logFile") { _ in self.logs.fetch(request) }
        }
        if request.path.hasPrefix("/api/"), !request.target.endsInSlash {
            switch settings.missingSlash {
            case .accepted: break
            case .notFound: return .text("Not Found", status: 404)
            case .redirect(let status):
                let query = request.target.rawQuery.map { "?" + $0 } ?? ""
                return FakeResponse(
                    status, headers: [HeaderLine("Location", server.baseURL + request.path + "/" + query)])
            }
        }
        guard let route = route(request) else { return .text("Not Found", status: 404) }
        if let problem = unauthorized(request, route, settings) ?? tooOften(route.operation, settings) {
            return problem.response(settings.errorShape)
        }
        return await run(route.operation, route.perform)
    }

    private func run(_ operation: String, _ perform: (Fault?) throws -> FakeResponse) async -> FakeResponse {
        let shape = settings.errorShape
        let fault = faults.next(operation)
        let runner = FaultRunner(
            refusal: { VastProblem($0, "server_error", "something went wrong").response(shape) },
            rateLimited: { VastProblem.tooOften(operation, Double($0 ?? 1)).response(shape) })
        return await runner.run(fault) {
            do {
                return try perform(fault)
            } catch {
                return (error as? VastProblem ?? VastProblem(500, "server_error", "\(error)")).response(shape)
            }
        }
    }

    private func route(_ request: RecordedRequest) -> Route? {
        let parts = request.target.segments
        switch (request.method, parts.count) {
        case ("POST", 3) where parts == ["api", "v0", "bundles"]:
            return Route("searchOffers") { _ in try self.search(request) }
        case ("PUT", 4) where parts[..<3] == ["api", "v0", "asks"]:
            return Route("createInstance") { try self.create(request, offer: parts[3], $0) }
        case ("GET", 3) where parts == ["api", "v1", "instances"]:
            return Route("showInstances") { _ in try self.list(request.target) }
        case ("GET", 4) where parts[..<3] == ["api", "v0", "instances"]:
            return Route("showInstance", instance: parts[3]) { _ in try self.show(parts[3]) }
        case ("PUT", 4) where parts[..<3] == ["api", "v0", "instances"]:
            return Route("manageInstance", instance: parts[3]) { _ in try self.manage(request, parts[3]) }
        case ("DELETE", 4) where parts[..<3] == ["api", "v0", "instances"]:
            return Route("destroyInstance", instance: parts[3]) { try self.destroy(parts[3], $0) }
        case ("PUT", 5) where parts[..<4] == ["api", "v0", "instances", "request_logs"]:
            return Route("showLogs", instance: parts[4]) { _ in try self.requestLogs(request, parts[4]) }
        default: return nil
        }
    }

    private func unauthorized(_ request: RecordedRequest, _ route: Route, _ settings: VastSettings) -> VastProblem? {
        if request.bearer == settings.token { return nil }
        let owner = account.existing.first { VastInstance.key(of: $0.id) == request.bearer }?.id
        if let owner, owner == route.instance { return nil }
        return route.operation == "searchOffers"
            ? VastProblem(settings.unauthorizedSearch, "auth_error", "the key is not valid", .bare)
            : VastProblem(401, "auth_error", "the key is not valid")
    }

    private func tooOften(_ operation: String, _ settings: VastSettings) -> VastProblem? {
        let intervals = settings.minimumIntervals
        guard let interval = intervals[operation] ?? intervals[FaultPlan.anyOperation] else { return nil }
        let now = account.time.now()
        let isTooOften = lastTimes.withLock { times in
            if let last = times[operation], now - last < interval { return true }
            times[operation] = now
            return false
        }
        return isTooOften ? .tooOften(operation, interval.inSeconds) : nil
    }
}
