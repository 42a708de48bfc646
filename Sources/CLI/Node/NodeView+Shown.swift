import CallProtocol
import Daemon
import Formats
import Operations

extension NodeView {
    /// State and drain in one word or two.
    var stateText: String { drain == "none" ? state : "\(state), \(drain)" }

    /// The node as JSON; `lastSeen` is null, not missing, for a node that was never seen.
    func shown() throws -> JSONValue {
        try JSONCoding.value(of: self).filling(["lastSeen"])
    }

    /// What each of these nodes can safely be called by, in their order: its name, or its id where the name is the id of
    /// another node, as a name could be before the hub refused such.
    static func references(_ nodes: [NodeView]) -> [String] {
        let ids = Set(nodes.map(\.id))
        return nodes.map { ids.contains($0.name.uppercased()) ? $0.id : $0.name }
    }

    /// The node for people.
    func fields(_ printer: Printer) -> FieldList {
        var list = FieldList()
        list.add("name", name)
        list.add("id", id)
        list.add("state", stateText, .state(state))
        list.add("last seen", printer.ago(lastSeen))
        list.add("labels", LabelText.line(labels))
        list.add("running", "\(attempts)")
        list.add("address", address)
        list.add("software", software)
        list.add("key", fingerprint)
        if let facts {
            list.add("host", facts.hostname)
            list.add("system", [facts.os, facts.arch, facts.kernel].compactMap { $0 }.joined(separator: " "))
            list.add("processors", "\(facts.cpus)")
            list.add("memory", ByteSize.string(facts.memory))
            list.add("limits", facts.limits?.rawValue)
            for gpu in facts.gpus ?? [] {
                list.add("gpu", "\(gpu.model)" + (gpu.memory.map { ", \(ByteSize.string($0))" } ?? ""))
            }
            for disk in facts.disks ?? [] {
                list.add("disk", "\(disk.mount), \(ByteSize.string(disk.free)) of \(ByteSize.string(disk.total)) free")
            }
        } else {
            list.add("processors", cpus.map { "\($0)" })
            list.add("memory", memory.map { ByteSize.string($0) })
        }
        addStatus(to: &list)
        return list
    }

    private func addStatus(to list: inout FieldList) {
        guard let status else { return }
        list.add("load", status.load1.map { "\(($0 * 100).rounded(.towardZero) / 100)" })
        if let used = status.memoryUsed, let total = status.memoryTotal {
            list.add("memory used", "\(ByteSize.string(used)) of \(ByteSize.string(total))")
        }
        if let free = status.diskFree { list.add("disk free", ByteSize.string(free)) }
        if let engine = status.engine {
            let kind = "\(engine.product) \(engine.version)" + (engine.rootless ? ", rootless" : "")
            list.add(
                "engine", engine.state == .ready ? kind : "\(kind), away", engine.state == .ready ? .plain : .doubtful)
        }
        for gpu in status.gpus ?? [] {
            let memory = gpu.memoryUsed.map { ", \(ByteSize.string($0)) used" } ?? ""
            list.add("gpu use", gpu.percent.map { "\($0) %, \(gpu.model)\(memory)" } ?? "\(gpu.model)\(memory)")
        }
        for interface in status.network ?? [] {
            let (received, sent) = (ByteSize.string(interface.received), ByteSize.string(interface.sent))
            list.add("network", "\(interface.name), \(received) in, \(sent) out")
        }
        list.add("sessions", "\(status.sessions)")
        if let connections = status.tunnelConnections, connections > 0 {
            list.add("connections", "\(connections) of tunnels and forwards")
        }
        list.add("spoke up", DurationText.string(.seconds(status.spokeUptimeSeconds)))
        for warning in status.warnings { list.add("warning", warning, .doubtful) }
    }
}

/// Labels in one line, by key.
enum LabelText {
    static func line(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}

extension JSONValue {
    /// An object in which each of these keys stands, with null where it was left out.
    func filling(_ keys: [String]) -> JSONValue {
        guard case .object(var members) = self else { return self }
        for key in keys where members[key] == nil { members[key] = .null }
        return .object(members)
    }
}
