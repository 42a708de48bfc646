import CallProtocol

/// A create that has passed its schema, with the template's settings put in.
struct RunPodOrder: Sendable {
    let body: JSONValue
    let settings: RunPodSettings

    init(_ request: JSONValue, _ settings: RunPodSettings) throws(RunPodProblem) {
        let errors = RunPodBodyCheck(creating: request).errors
        guard errors.isEmpty else { throw .invalid(errors) }
        self.settings = settings
        var body = request
        if let id = request["templateId"]?.stringValue {
            guard let template = settings.templates[id] else { throw RunPodProblem(404, "no such template") }
            for member in template where body[member.key] == nil { body[member.key] = member.value }
            var env = template["env"]?.objectValue ?? JSONObject()
            for member in request["env"]?.objectValue ?? JSONObject() { env[member.key] = member.value }
            body["env"] = .object(env)
        }
        self.body = body
        try checkRules()
    }

    var cloud: String { body["cloud"]?.stringValue ?? "SECURE" }
    var env: [String: String] {
        Dictionary(
            (body["env"]?.objectValue ?? JSONObject()).map { ($0.key, $0.value.stringValue ?? "") },
            uniquingKeysWith: { $1 })
    }
    var ports: [String] { body["ports"]?.arrayValue?.compactMap(\.stringValue) ?? [] }
    var disk: Int { Int(clamping: body["disk"]?.integerValue ?? 20) }
    var gpuCount: Int { Int(clamping: body["gpu"]?["count"]?.integerValue ?? 1) }

    /// What goes beyond the schema, and is 400 with nothing that tells it from a want of capacity.
    private func checkRules() throws(RunPodProblem) {
        if (body["gpu"] == nil) == (body["cpu"] == nil) { throw RunPodProblem(400, "give either gpu or cpu") }
        if body["mounts"]?["persistent"] != nil, body["mounts"]?["network"] != nil {
            throw RunPodProblem(400, "only one kind of mount is possible")
        }
        if body["cpu"] != nil, body["mounts"]?["persistent"] != nil {
            throw RunPodProblem(400, "a CPU pod has no persistent mount")
        }
        if let versions = body["gpu"]?["allowedCudaVersions"]?.arrayValue, !versions.isEmpty,
            body["gpu"]?["minCudaVersion"] != nil
        {
            throw RunPodProblem(400, "allowedCudaVersions and minCudaVersion exclude each other")
        }
        if env.count > settings.variableLimit { throw RunPodProblem(400, "too many environment variables") }
        for port in ports {
            let parts = port.split(separator: "/")
            let isSound = parts.count == 2 && UInt16(parts[0]) != nil && ["tcp", "http"].contains(parts[1])
            if !isSound { throw RunPodProblem(400, "'\(port)' is no port with tcp or http") }
        }
        if settings.forbiddenClouds.contains(cloud) {
            throw RunPodProblem(403, "this cloud is not open to the account")
        }
    }

    /// Where it goes, and dollars per hour.
    func place(_ catalog: RunPodCatalog) throws(RunPodProblem) -> (dataCenter: String, price: Double) {
        let wanted = body["dataCenterIds"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let centers = settings.dataCenters.map(\.id)
        if let odd = wanted.first(where: { !centers.contains($0) }) {
            throw RunPodProblem(400, "there is no data center '\(odd)'")
        }
        let candidates = wanted.isEmpty ? centers : wanted
        if let cpu = body["cpu"] { return try placeCPU(cpu, candidates, catalog) }
        guard let gpu = settings.gpus.first(where: { .string($0.id) == body["gpu"]?["id"] }) else {
            throw RunPodProblem(400, "there is no such GPU type")
        }
        let allowed = body["gpu"]?["allowedCudaVersions"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let hasCUDA = allowed.isEmpty || !Set(allowed).isDisjoint(with: gpu.cudaVersions)
        guard hasCUDA, gpuCount <= gpu.maxCounts[cloud] ?? 0 else { throw .noCapacity }
        let place = candidates.first { center in
            gpu.stock.contains { $0.dataCenter == center && $0.cloud == cloud && catalog.free(gpu, $0) >= gpuCount }
        }
        guard let place else { throw .noCapacity }
        return (place, (gpu.prices[cloud] ?? 0) * Double(gpuCount))
    }

    private func placeCPU(
        _ cpu: JSONValue, _ candidates: [String], _ catalog: RunPodCatalog
    ) throws(RunPodProblem) -> (dataCenter: String, price: Double) {
        let count = Int(clamping: cpu["vcpuCount"]?.integerValue ?? 0)
        guard let flavor = settings.cpus.first(where: { .string($0.id) == cpu["id"] }) else {
            throw RunPodProblem(400, "there is no such CPU flavour")
        }
        guard flavor.vcpus.contains(count), count.nonzeroBitCount == 1 else {
            throw RunPodProblem(400, "vcpuCount is no power of two that this flavour has")
        }
        guard let place = candidates.first(where: { catalog.free(flavor, in: $0) >= count }) else { throw .noCapacity }
        return (place, flavor.price * Double(count))
    }
}
