import CallProtocol

/// An instance: how an order becomes one, and how it is answered.
///
/// Facts whose names begin with an underscore are the fake's own: `_offer`, `_intended` and `_ports` (outer ports by
/// `inner/protocol`).
enum VastInstance {
    static func make(
        _ order: VastOrder, _ offer: VastOffer, serial: Int, _ time: ProviderTime, now: Duration
    ) -> FakeInstance {
        let id = 20_000_000 + serial
        let base = order.bid ?? offer.price
        let storage = offer.storage(order.disk)
        var mapped = JSONObject()
        var inside = [
            "CONTAINER_ID": String(id), "CONTAINER_API_KEY": key(of: String(id)),
            "VAST_CONTAINERLABEL": "C.\(id)", "PUBLIC_IPADDR": "203.0.113.9", "GPU_COUNT": String(offer.gpuCount),
            "DATA_DIRECTORY": "/workspace/",
        ]
        for (offset, port) in order.ports.enumerated() {
            let outer = 10_000 + (serial * 64 + offset) % 50_000
            mapped[port] = .integer(Int64(outer))
            let parts = port.split(separator: "/").map(String.init)
            inside["VAST_\(parts[1].uppercased())_PORT_\(parts[0])"] = String(outer)
        }
        var facts = offer.machine
        let ended = time.unix(offer.duration)
        let more: JSONObject = [
            "_offer": .integer(Int64(offer.id)), "_ports": .object(mapped),
            "_intended": order.isWantedStopped ? "stopped" : "running",
            "template_hash_id": order.body["template_hash_id"] ?? nil, "template_id": nil, "template_name": nil,
            "image_uuid": order.body["image"] ?? "", "image_args": order.body["args"] ?? [],
            "image_runtype": .string(order.runtype), "extra_env": extraEnv(order),
            "onstart": order.body["onstart"] ?? nil, "jupyter_token": "", "bundle_id": .integer(Int64(offer.id) + 7),
            "disk_space": .double(order.disk), "gpu_totalram": .integer(Int64(offer.gpuRAM * offer.gpuCount)),
            "is_bid": .bool(order.bid != nil), "dph_base": .double(base), "dph_total": .double(base + storage),
            "storage_total_cost": .double(storage), "end_date": .double(ended), "public_ipaddr": "203.0.113.9",
            "local_ipaddrs": "10.0.0.9 172.17.0.1 \n", "ssh_host": "ssh9.vast.ai", "ssh_idx": "9",
            "ssh_port": .integer(Int64(10_000 + serial)), "machine_dir_ssh_port": .integer(Int64(20_000 + serial)),
            "country_code": .string(offer.country), "rentable": false,
            "external": false,
        ]
        for member in more { facts[member.key] = member.value }
        return FakeInstance(
            id: String(id), name: order.body["label"]?.stringValue ?? "", image: order.body["image"]?.stringValue ?? "",
            env: order.env, containerEnv: inside.merging(order.env) { $1 }, command: order.command, request: order.body,
            facts: facts, rates: rates(base, storage), contractEnd: offer.duration, createdAt: now)
    }

    /// The processors are charged from running on, the disk from the creation on.
    static func rates(_ compute: Double, _ storage: Double) -> InstanceRates {
        InstanceRates(compute: compute, storage: storage, computePhases: [.running])
    }

    /// The key that an instance finds in its environment, and its creator in the answer. It opens that instance only.
    static func key(of id: String) -> String { "instance-key-\(id)" }

    /// Null until the machine has heard of it.
    static func status(_ instance: FakeInstance) -> JSONValue {
        if let shown = instance.shownStatus { return .string(shown) }
        switch instance.phase {
        case .provisioning, .terminated: return .null
        case .starting: return "loading"
        case .running: return "running"
        case .stopped: return "stopped"
        case .failed: return "exited"
        }
    }

    /// The instance as it is answered.
    static func json(_ instance: FakeInstance, _ time: ProviderTime, now: Duration) -> JSONValue {
        var answer = JSONObject(instance.facts.filter { !$0.key.hasPrefix("_") }.map { ($0.key, $0.value) })
        let isRunning = instance.phase == .running
        let state: JSONValue = instance.phase == .stopped ? "stopped" : "running"
        answer["id"] = .integer(Int64(instance.id) ?? 0)
        answer["label"] = instance.name.isEmpty ? .null : .string(instance.name)
        answer["actual_status"] = status(instance)
        answer["intended_status"] = instance.facts["_intended"] ?? "running"
        answer["cur_state"] = state
        answer["next_state"] = instance.facts["_intended"] ?? "running"
        answer["status_msg"] = isRunning ? .string("success, running \(instance.image)") : .null
        answer["start_date"] = .double(time.unix(instance.createdAt))
        answer["duration"] = .double((instance.contractEnd ?? now).inSeconds - now.inSeconds)
        answer["uptime_mins"] = .null
        if isRunning, let started = instance.startedAt {
            answer["uptime_mins"] = .double((now - started).inSeconds / 60)
            answer["ports"] = .object(
                JSONObject(
                    (instance.facts["_ports"]?.objectValue ?? JSONObject()).map { member in
                        let outer = JSONValue.string(String(member.value.integerValue ?? 0))
                        return (
                            member.key,
                            [["HostIp": "0.0.0.0", "HostPort": outer], ["HostIp": "::", "HostPort": outer]]
                        )
                    }))
        }
        return .object(answer)
    }

    /// Pairs of names and values, those of ports among them.
    private static func extraEnv(_ order: VastOrder) -> JSONValue {
        let pairs = order.body["env"]?.objectValue?.map { [.string($0.key), $0.value] as JSONValue }
        return .array(pairs ?? order.env.sorted { $0.key < $1.key }.map { [.string($0.key), .string($0.value)] })
    }
}
