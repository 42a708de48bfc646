import CallProtocol
import Formats
import Operations

/// Containers as engines tell of them.
extension ContainerView {
    /// An element of the engine's list.
    init?(listed json: JSONValue, labels known: ContainerLabels) {
        guard let id = json["Id"]?.stringValue else { return nil }
        let name = json["Names"]?.arrayValue?.first?.stringValue ?? ""
        let created = json["Created"]?.integerValue ?? 0
        self.init(
            id: id, name: Self.bare(name), image: json["Image"]?.stringValue ?? "",
            state: json["State"]?.stringValue ?? "unknown",
            createdAt: RFC3339.string(created.multipliedReportingOverflow(by: 1000).partialValue))
        status = json["Status"]?.stringValue
        take(labels: json["Labels"], known)
        ports = (json["Ports"]?.arrayValue ?? []).compactMap { port in
            guard let inside = port["PrivatePort"]?.integerValue else { return nil }
            return ContainerPort(
                container: Int(inside), host: port["PublicPort"]?.integerValue.map { Int($0) },
                address: port["IP"]?.stringValue,
                protocol: port["Type"]?.stringValue.flatMap(ContainerPort.PortProtocol.init))
        }
        take(mounts: json["Mounts"])
        if let command = json["Command"]?.stringValue { self.command = [command] }
    }

    /// The engine's whole document.
    init?(inspected json: JSONValue, labels known: ContainerLabels) {
        guard let id = json["Id"]?.stringValue, let state = json["State"], let config = json["Config"] else {
            return nil
        }
        self.init(
            id: id, name: Self.bare(json["Name"]?.stringValue ?? ""), image: config["Image"]?.stringValue ?? "",
            state: state["Status"]?.stringValue ?? "unknown", createdAt: json["Created"]?.stringValue ?? "")
        take(labels: config["Labels"], known)
        take(mounts: json["Mounts"])
        startedAt = EngineTime.real(state["StartedAt"]?.stringValue)
        endedAt = state["Running"]?.boolValue == true ? nil : EngineTime.real(state["FinishedAt"]?.stringValue)
        if endedAt != nil { exitCode = state["ExitCode"]?.integerValue.map { Int($0) } }
        oomKilled = state["OOMKilled"]?.boolValue
        let arguments = (json["Args"]?.arrayValue ?? []).compactMap(\.stringValue)
        command = [json["Path"]?.stringValue ?? ""] + arguments
        tty = config["Tty"]?.boolValue
        restartCount = json["RestartCount"]?.integerValue.map { Int($0) }
        let variables = (config["Env"]?.arrayValue ?? []).compactMap(\.stringValue)
        env = attempt == nil ? variables : variables.map { String($0.prefix { $0 != "=" }) }
        ports = ContainerPort.all(inspected: json["NetworkSettings"]?["Ports"])
    }

    private static func bare(_ name: String) -> String { name.hasPrefix("/") ? String(name.dropFirst()) : name }

    private mutating func take(labels json: JSONValue?, _ known: ContainerLabels) {
        for member in json?.objectValue.map({ Array($0) }) ?? [] { labels[member.key] = member.value.stringValue }
        managed = labels[known.managed] == "true"
        guard managed else { return }
        func own(_ name: String) -> String? { labels[name].flatMap { $0.isEmpty ? nil : $0 } }
        (owner, workload, attempt) = (own(known.owner), own(known.workload), own(known.attempt))
    }

    private mutating func take(mounts json: JSONValue?) {
        mounts = (json?.arrayValue ?? []).compactMap { mount in
            guard let target = mount["Destination"]?.stringValue else { return nil }
            let kind = mount["Type"]?.stringValue.flatMap(ContainerMount.Kind.init)
            let source = kind == .volume ? mount["Name"]?.stringValue : mount["Source"]?.stringValue
            return ContainerMount(
                type: kind, source: source, target: target, readOnly: mount["RW"]?.boolValue.map { !$0 })
        }
    }

    /// The same without what only those may see who may look inside.
    func fromOutside(_ known: ContainerLabels) -> ContainerView {
        var view = self
        // Made of the input, which might be guessed.
        view.labels[known.input] = nil
        view.command = nil
        view.env = nil
        view.raw = nil
        return view
    }
}

extension ContainerPort {
    /// The ports of a container in the engine's whole document, with where each is published.
    static func all(inspected json: JSONValue?) -> [ContainerPort] {
        let ports = json?.objectValue.map { $0.map { ($0.key, $0.value) } } ?? []
        return ports.flatMap { inside, outside -> [ContainerPort] in
            let parts = inside.split(separator: "/")
            guard let port = parts.first.flatMap({ Int($0) }) else { return [] }
            let kind = parts.dropFirst().first.flatMap { PortProtocol(rawValue: String($0)) }
            let bound = outside.arrayValue ?? []
            if bound.isEmpty { return [ContainerPort(container: port, protocol: kind)] }
            return bound.map { place in
                ContainerPort(
                    container: port, host: place["HostPort"]?.stringValue.flatMap { Int($0) },
                    address: place["HostIp"]?.stringValue, protocol: kind)
            }
        }
    }
}
