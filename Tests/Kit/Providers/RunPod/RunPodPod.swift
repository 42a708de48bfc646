import CallProtocol

/// A pod: how an order becomes one, and how it is answered.
///
/// Facts whose names begin with an underscore are the fake's own: `_ip` and `_ports` (public ports by private ones).
enum RunPodPod {
    /// The pod for an order that has its place.
    static func make(
        _ order: RunPodOrder, id: String, serial: Int, at place: (dataCenter: String, price: Double), now: Duration
    ) -> FakeInstance {
        let body = order.body
        let ip = "203.0.113.\(serial % 250 + 1)"
        var facts: JSONObject = [
            "image": body["image"] ?? "", "args": body["args"] ?? "", "disk": .integer(Int64(order.disk)),
            "ports": .array(order.ports.map { .string($0) }), "env": body["env"] ?? [:],
            "registry": body["registry"] ?? nil, "mounts": body["mounts"] ?? [:], "cloud": .string(order.cloud),
            "dataCenterId": .string(place.dataCenter), "_ip": .string(ip),
        ]
        if body["gpu"] != nil {
            facts["gpu"] = ["id": body["gpu"]?["id"] ?? "", "count": .integer(Int64(order.gpuCount))]
        }
        if let cpu = body["cpu"], let count = cpu["vcpuCount"]?.integerValue {
            let ram = order.settings.cpus.first { .string($0.id) == cpu["id"] }?.ramPerVCPU ?? 1
            facts["cpu"] = [
                "id": cpu["id"] ?? "", "vcpuCount": .integer(count), "memory": .integer(Int64(Double(count) * ram)),
            ]
        }
        var inside = [
            "RUNPOD_POD_ID": id, "RUNPOD_DC_ID": place.dataCenter, "RUNPOD_POD_HOSTNAME": "\(id)-host",
            "RUNPOD_GPU_COUNT": String(body["gpu"] == nil ? 0 : order.gpuCount), "RUNPOD_CPU_COUNT": "8",
            "RUNPOD_PUBLIC_IP": ip, "RUNPOD_API_KEY": key(of: id),
        ]
        var mapped = JSONObject()
        for (offset, port) in order.ports.filter({ $0.hasSuffix("/tcp") }).enumerated() {
            let (inner, outer) = (String(port.dropLast(4)), 10_000 + (serial * 64 + offset) % 50_000)
            mapped[inner] = .integer(Int64(outer))
            inside["RUNPOD_TCP_PORT_\(inner)"] = String(outer)
        }
        facts["_ports"] = .object(mapped)
        return FakeInstance(
            id: id, name: body["name"]?.stringValue ?? "", image: body["image"]?.stringValue ?? "", env: order.env,
            containerEnv: inside.merging(order.env) { $1 },
            command: CommandWords.split(body["args"]?.stringValue ?? ""),
            request: body, facts: facts, rates: rates(place.price, Double(order.disk) * order.settings.diskPrice),
            createdAt: now)
    }

    /// A price is shown from the creation on and in all phases but EXITED and TERMINATED, so it is charged in them.
    static func rates(_ compute: Double, _ storage: Double) -> InstanceRates {
        InstanceRates(
            compute: compute, storage: storage, computePhases: [.provisioning, .starting, .running, .failed])
    }

    /// The key that a pod finds in its environment. It opens that pod and nothing else.
    static func key(of id: String) -> String { "pod-key-\(id)" }

    static func status(_ pod: FakeInstance) -> String {
        if let shown = pod.shownStatus { return shown }
        switch pod.phase {
        case .provisioning: return "PROVISIONING"
        case .starting: return "STARTING"
        case .running: return "RUNNING"
        case .stopped: return "EXITED"
        case .failed: return "ERROR"
        case .terminated: return "TERMINATED"
        }
    }

    /// What may be done with a pod in its phase.
    static func actions(_ phase: FakeInstance.Phase) -> [String] {
        switch phase {
        case .provisioning, .starting: ["stop", "terminate"]
        case .running: ["stop", "restart", "terminate"]
        case .stopped, .failed: ["start", "terminate"]
        case .terminated: []
        }
    }

    /// The pod as it is answered.
    static func json(_ pod: FakeInstance, _ time: ProviderTime, now: Duration) -> JSONValue {
        var answer = JSONObject(pod.facts.filter { !$0.key.hasPrefix("_") }.map { ($0.key, $0.value) })
        let isRunning = pod.phase == .running
        answer["id"] = .string(pod.id)
        answer["name"] = .string(pod.name)
        answer["status"] = .string(status(pod))
        answer["actions"] = .array(actions(pod.phase).map { .string($0) })
        answer["cudaVersion"] = pod.facts["gpu"] == nil ? nil : "12.8"
        answer["template"] = .null
        answer["locked"] = false
        answer["globalNetworking"] = ["enabled": false]
        answer["cost"] = .double(pod.rates.computePhases.contains(pod.phase) ? pod.rates.compute : 0)
        answer["createdAt"] = .string(time.text(pod.createdAt))
        answer["startedAt"] = pod.startedAt.map { .string(time.text($0)) } ?? .null
        answer["ssh"] = ssh(pod)
        answer["runtime"] = .null
        if isRunning, let started = pod.startedAt {
            answer["runtime"] = ["uptime": .integer((now - started).components.seconds), "ports": ports(pod)]
        }
        return .object(answer)
    }

    private static func ports(_ pod: FakeInstance) -> JSONValue {
        let ports = pod.facts["ports"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return .array(
            ports.map { port in
                let parts = port.split(separator: "/").map(String.init)
                let outer = pod.facts["_ports"]?[parts[0]]
                return [
                    "private": .integer(Int64(parts[0]) ?? 0), "public": outer ?? nil,
                    "type": .string(parts.last ?? "tcp"), "ip": outer == nil ? nil : pod.facts["_ip"] ?? nil,
                ]
            })
    }

    private static func ssh(_ pod: FakeInstance) -> JSONValue {
        var ways: JSONValue = ["proxy": nil, "direct": nil]
        if pod.phase != .provisioning {
            ways["proxy"] = endpoint("ssh.runpod.io", 22, "\(pod.id)-relay", "ssh \(pod.id)-relay@ssh.runpod.io")
        }
        if pod.phase == .running, let port = pod.facts["_ports"]?["22"]?.integerValue {
            let host = pod.facts["_ip"]?.stringValue ?? ""
            ways["direct"] = endpoint(host, port, "root", "ssh root@\(host) -p \(port)")
        }
        return ways
    }

    private static func endpoint(_ host: String, _ port: Int64, _ user: String, _ command: String) -> JSONValue {
        ["host": .string(host), "port": .integer(port), "username": .string(user), "command": .string(command)]
    }
}
