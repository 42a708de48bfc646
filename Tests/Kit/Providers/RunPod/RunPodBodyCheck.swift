import CallProtocol

/// Checks the body of a create against its schema: every violation is found, for one 422.
struct RunPodBodyCheck {
    private(set) var errors: [String] = []

    init(creating body: JSONValue) {
        guard body.objectValue != nil else {
            errors = ["$: not an object"]
            return
        }
        noOthers(
            body, "$",
            [
                "args", "disk", "env", "image", "ports", "registry", "name", "cloud", "cpu", "dataCenterIds",
                "globalNetworking", "gpu", "mounts", "startJupyter", "startSsh", "templateId",
            ])
        text(body, "name", "$", minimum: 1, isRequired: true)
        text(body, "image", "$", isRequired: body["templateId"] == nil)
        text(body, "args", "$")
        text(body, "templateId", "$", minimum: 1)
        if body["registry"]?.isNull != true { text(body, "registry", "$") }
        number(body, "disk", "$", from: 1)
        for key in ["globalNetworking", "startJupyter", "startSsh"] where body[key] != nil {
            expect(body[key]?.boolValue != nil, "$.\(key): not true or false")
        }
        texts(body, "ports", "$")
        texts(body, "dataCenterIds", "$")
        if let cloud = body["cloud"] { expect(["SECURE", "COMMUNITY"].contains(cloud), "$.cloud: no such cloud") }
        if let env = body["env"] {
            expect(env.objectValue?.allSatisfy { $0.value.stringValue != nil } == true, "$.env: not texts by name")
        }
        if let gpu = body["gpu"] {
            noOthers(gpu, "$.gpu", ["id", "count", "allowedCudaVersions", "minCudaVersion"])
            text(gpu, "id", "$.gpu", isRequired: true)
            number(gpu, "count", "$.gpu", from: 1)
            texts(gpu, "allowedCudaVersions", "$.gpu")
            text(gpu, "minCudaVersion", "$.gpu")
        }
        if let cpu = body["cpu"] {
            noOthers(cpu, "$.cpu", ["id", "vcpuCount"])
            text(cpu, "id", "$.cpu", minimum: 1, isRequired: true)
            number(cpu, "vcpuCount", "$.cpu", from: 2, isRequired: true)
        }
        mounts(body)
    }

    private mutating func mounts(_ body: JSONValue) {
        guard let mounts = body["mounts"] else { return }
        noOthers(mounts, "$.mounts", ["persistent", "network"])
        if let persistent = mounts["persistent"] {
            noOthers(persistent, "$.mounts.persistent", ["size", "path"])
            number(persistent, "size", "$.mounts.persistent", from: 10, isRequired: true)
            text(persistent, "path", "$.mounts.persistent", isRequired: true)
        }
        guard let network = mounts["network"] else { return }
        expect(network.arrayValue.map { $0.count <= 1 } == true, "$.mounts.network: not a list of at most one")
        for mount in network.arrayValue ?? [] {
            noOthers(mount, "$.mounts.network[0]", ["volumeId", "path"])
            text(mount, "volumeId", "$.mounts.network[0]", isRequired: true)
            text(mount, "path", "$.mounts.network[0]", isRequired: true)
        }
    }

    private mutating func expect(_ holds: Bool, _ error: String) {
        if !holds { errors.append(error) }
    }

    private mutating func noOthers(_ value: JSONValue, _ place: String, _ known: [String]) {
        guard let members = value.objectValue else { return errors.append("\(place): not an object") }
        for key in members.keys where !known.contains(key) { errors.append("\(place): '\(key)' is not known") }
    }

    private mutating func text(
        _ value: JSONValue, _ key: String, _ place: String, minimum: Int = 0, isRequired: Bool = false
    ) {
        guard let member = value[key] else { return expect(!isRequired, "\(place): '\(key)' is missing") }
        expect(
            (member.stringValue?.count ?? -1) >= minimum, "\(place).\(key): not a text of \(minimum) characters or more"
        )
    }

    private mutating func number(
        _ value: JSONValue, _ key: String, _ place: String, from minimum: Int64, isRequired: Bool = false
    ) {
        guard let member = value[key] else { return expect(!isRequired, "\(place): '\(key)' is missing") }
        expect((member.integerValue ?? .min) >= minimum, "\(place).\(key): not a whole number from \(minimum)")
    }

    private mutating func texts(_ value: JSONValue, _ key: String, _ place: String) {
        guard let member = value[key] else { return }
        expect(
            member.arrayValue?.allSatisfy { $0.stringValue != nil } == true, "\(place).\(key): not a list of texts")
    }
}
