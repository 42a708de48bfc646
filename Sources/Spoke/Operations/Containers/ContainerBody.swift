import CallProtocol
import Operations

/// A container as engines want it described.
enum ContainerBody {
    /// The log of a container is kept as it was written: the driver that engines take where nobody says otherwise puts
    /// U+FFFD for all that is no UTF-8. So many bytes are kept at least, and twice as many at most.
    private static let logKept = "1g"

    /// - Parameters:
    ///   - labels: all of them.
    ///   - keepsBytes: whether the engine's own log would not.
    static func json(_ spec: ContainerSpec, labels: [String: String], keepsBytes: Bool) -> JSONValue {
        var body: JSONValue = [
            "Image": .string(spec.image), "Labels": map(labels),
        ]
        if let cmd = spec.cmd { body["Cmd"] = texts(cmd) }
        if let entrypoint = spec.entrypoint { body["Entrypoint"] = texts(entrypoint) }
        if let env = spec.env { body["Env"] = variables(env) }
        if let user = spec.user { body["User"] = .string(user) }
        if let workdir = spec.workdir { body["WorkingDir"] = .string(workdir) }
        var host = resources(spec.resources)
        if let restart = spec.restart { host["RestartPolicy"] = ["Name": .string(restart.rawValue)] }
        if let network = spec.network { host["NetworkMode"] = .string(network) }
        if let `init` = spec.`init` { host["Init"] = .bool(`init`) }
        if let mounts = spec.mounts { host["Mounts"] = .array(mounts.map(mount)) }
        if let ports = spec.ports {
            let keys = Set(ports.map(key)).sorted()
            body["ExposedPorts"] = .object(JSONObject(keys.map { ($0, [:]) }))
            host["PortBindings"] = .object(
                JSONObject(keys.map { key in (key, .array(ports.filter { Self.key($0) == key }.map(binding))) }))
        }
        if !keepsBytes {
            host["LogConfig"] = [
                "Type": "local", "Config": ["max-size": .string(logKept), "max-file": "2", "compress": "false"],
            ]
        }
        body["HostConfig"] = host
        return body
    }

    static func variables(_ env: [String: String]) -> JSONValue {
        .array(env.sorted { $0.key < $1.key }.map { .string("\($0.key)=\($0.value)") })
    }

    private static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    private static func map(_ texts: [String: String]) -> JSONValue {
        .object(JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    private static func resources(_ resources: ContainerResources?) -> JSONValue {
        var host: JSONValue = [:]
        if let cpus = resources?.cpus, cpus > 0 { host["NanoCpus"] = .integer(Int64((min(cpus, 1e6) * 1e9).rounded())) }
        if let memory = resources?.memoryMB, memory > 0 {
            let bytes = memory.multipliedReportingOverflow(by: 1 << 20)
            host["Memory"] = .integer(bytes.overflow ? .max : bytes.partialValue)
        }
        if let gpus = resources?.gpus, gpus != 0 {
            host["DeviceRequests"] = [
                ["Driver": "", "Count": .integer(Int64(gpus)), "Capabilities": [["gpu"]]]
            ]
        }
        return host
    }

    private static func mount(_ mount: ContainerMount) -> JSONValue {
        var json: JSONValue = [
            "Type": .string((mount.type ?? .bind).rawValue), "Target": .string(mount.target),
            "ReadOnly": .bool(mount.readOnly ?? false),
        ]
        if let source = mount.source { json["Source"] = .string(source) }
        return json
    }

    private static func key(_ port: ContainerPort) -> String { "\(port.container)/\((port.protocol ?? .tcp).rawValue)" }

    private static func binding(_ port: ContainerPort) -> JSONValue {
        ["HostIp": .string(port.address ?? ""), "HostPort": .string(port.host.map { String($0) } ?? "")]
    }
}
