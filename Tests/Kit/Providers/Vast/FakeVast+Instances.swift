import CallProtocol

extension FakeVast {
    /// POST /api/v0/bundles/.
    func search(_ request: RecordedRequest) throws -> FakeResponse {
        guard let body = request.json, body.objectValue != nil else { throw VastProblem.noJSON }
        let settings = settings
        let held = account.existing
        let search = try VastSearch(body, columns: Self.offerColumns)
        let items = settings.offers.map { offer in
            offer.json(
                isBid: search.isBid, storage: search.storage, isRented: Self.isHeld(offer.id, held), account.time,
                now: account.time.now())
        }
        return .json(["offers": .array(search.results(items))])
    }

    /// PUT /api/v0/asks/{id}/.
    func create(_ request: RecordedRequest, offer text: String, _ fault: Fault?) throws -> FakeResponse {
        guard let number = Int(text) else { throw VastProblem(400, "invalid_args", "error 400: no such offer's id") }
        let settings = settings
        let order = try VastOrder(request.json, offer: number, settings)
        guard let offer = settings.offers.first(where: { $0.id == number }) else {
            throw VastProblem.noOffer(number, wasThere: false)
        }
        guard order.disk <= offer.disk else {
            throw VastProblem(400, "invalid_args", "error 400: so much disk is not free", offer: number)
        }
        return try account.with { state, now in
            let isTaken =
                !offer.isRentable || offer.isGhost || Self.isHeld(number, state.instances)
                || offer.duration <= now
            if isTaken, order.isCancelledWhenTaken { throw VastProblem.noOffer(number, wasThere: true) }
            var instance = VastInstance.make(order, offer, serial: state.serial(), account.time, now: now)
            if case .delayedVisibility(let delay) = fault { instance.hidden = delay.from(now) }
            // It waits for the machine until somebody destroys it.
            let isWaiting = isTaken || (order.bid.map { $0 < offer.minBid } ?? false) || order.isWantedStopped
            state.add(instance, now: now, isStopped: isWaiting)
            return .json([
                "success": true, "new_contract": .integer(Int64(instance.id) ?? 0),
                "instance_api_key": .string(VastInstance.key(of: instance.id)),
            ])
        }
    }

    /// GET /api/v1/instances/.
    func list(_ target: RequestTarget) throws -> FakeResponse {
        let listing = try VastListing(target, known: Self.instanceColumns)
        let all = account.with { state, now in
            state.lookAtAll(now).map { VastInstance.json($0, account.time, now: now) }
        }
        return .json(listing.page(all))
    }

    /// GET /api/v0/instances/{id}/: null for what is not there.
    func show(_ id: String) throws -> FakeResponse {
        try Self.check(id)
        let answer = account.with { state, now in
            state.places[id].flatMap { state.instances[$0].exists ? state.look($0, now: now) : nil }
                .map { VastInstance.json($0, account.time, now: now) }
        }
        return .json(["instances": answer ?? nil])
    }

    /// PUT /api/v0/instances/{id}/: what is wanted, or the label.
    func manage(_ request: RecordedRequest, _ id: String) throws -> FakeResponse {
        try Self.check(id)
        guard let body = request.json, body.objectValue != nil else { throw VastProblem.noJSON }
        let (state, label) = (body["state"], body["label"])
        guard state != nil || label != nil, state == nil || state == "running" || state == "stopped",
            label == nil || (label?.stringValue?.count ?? .max) <= 1_024
        else { throw VastProblem(400, "invalid_args", "neither a state nor a label") }
        return try account.with { account, now in
            guard let place = account.places[id], account.instances[place].exists else { throw VastProblem.noInstance }
            if let label = label?.stringValue { account.instances[place].name = label }
            if let state { return Self.want(state, place, &account, now) }
            return .json(["success": true])
        }
    }

    private static func want(
        _ wanted: JSONValue, _ place: Int, _ account: inout AccountState, _ now: Duration
    ) -> FakeResponse {
        let instance = account.instances[place]
        account.instances[place].facts["_intended"] = wanted
        if wanted == "stopped" {
            account.move(place, to: .stopped, at: now)
        } else if instance.phase == .stopped || instance.phase == .failed {
            let others = account.instances.filter { $0.id != instance.id }
            let isHeld = isHeld(Int(instance.facts["_offer"]?.integerValue ?? 0), others)
            guard !isHeld, instance.contractEnd.map({ $0 > now }) ?? true else {
                // Taken note of, not done: 200 all the same.
                return .json([
                    "success": false, "error": "resources_unavailable", "msg": "the machine is not free; it waits",
                ])
            }
            account.move(place, to: .starting, at: now)
            account.settle(now)
        }
        return .json(["success": true])
    }

    /// DELETE /api/v0/instances/{id}/.
    func destroy(_ id: String, _ fault: Fault?) throws -> FakeResponse {
        try Self.check(id)
        if case .notFoundOnDelete(let deleted) = fault {
            if deleted { account.move(id, to: .terminated) }
            throw VastProblem.noInstance
        }
        try account.with { state, now in
            guard let place = state.places[id], state.instances[place].exists else { throw VastProblem.noInstance }
            state.move(place, to: .terminated, at: now)
        }
        return .json(["success": true, "msg": "it is destroyed"])
    }

    /// PUT /api/v0/instances/request_logs/{id}/.
    func requestLogs(_ request: RecordedRequest, _ id: String) throws -> FakeResponse {
        guard account.instance(id)?.exists == true else {
            throw VastProblem(404, "invalid_id", "there is no such instance", .bare)
        }
        let settings = settings
        let path = logs.request(id, request.json, polls: settings.logPolls)
        return .json([
            "success": true, "result_url": .string((settings.logBaseURL ?? server.baseURL) + path),
            "msg": "the file will be there in a while",
        ])
    }

    /// Whether an instance has the GPUs of an offer; a stopped one has given them back.
    private static func isHeld(_ offer: Int, _ instances: [FakeInstance]) -> Bool {
        instances.contains {
            $0.exists && $0.phase != .stopped && $0.facts["_offer"] == .integer(Int64(offer)) && !$0.isPlanted
        }
    }

    private static func check(_ id: String) throws(VastProblem) {
        if Int(id) == nil { throw VastProblem(400, "invalid_args", "this is no instance's id") }
    }

    /// What offers have, to be searched and ordered by.
    private static let offerColumns = Set(
        sample.json(isBid: false, storage: 0, isRented: false, still, now: .zero).objectValue?.keys ?? [])

    /// What instances have, to be chosen and ordered by.
    private static let instanceColumns: Set<String> = {
        guard let order = try? VastOrder(["image": "any"], offer: 1, VastSettings()) else { return [] }
        let instance = VastInstance.make(order, sample, serial: 1, still, now: .zero)
        return Set(VastInstance.json(instance, still, now: .zero).objectValue?.keys ?? []).union(["ports"])
    }()

    private static let sample = VastOffer(
        id: 1, machineID: 1, gpuName: "", gpuRAM: 1, price: 1, minBid: 1, location: "")
    private static let still = ProviderTime(epoch: 0) { .zero }
}
