import CallProtocol
import NIOCore
import Operations
import Store

/// Grants that end at some nodes: what their holders see of workloads and events.
extension HubCore {
    /// Whom an operation's answer is for; nil where the grant covers every node.
    ///
    /// Which nodes a grant covers is asked anew each time, because labels change.
    func audience(_ descriptor: OperationDescriptor, _ context: CallContext) -> Audience? {
        let reach = context.caller.reach(descriptor.access)
        guard reach != .everything else { return nil }
        let nodes = directory.nodes.filter { reach.covers(node: $0.labels) }.map(\.id)
        return Audience(peer: context.caller.peer, nodes: Set(nodes))
    }

    /// The workload that a person means, if they may do this to it: their own, and others' on their nodes.
    func find(
        _ text: String, _ descriptor: OperationDescriptor, _ context: CallContext
    ) async throws -> WorkloadRecord {
        let found = try await find(text, for: audience(descriptor, context), descriptor, context)
        // A name may have come to mean another one since the call was admitted.
        _ = try context.caller.bound(to: [found.id, found.name], as: text, by: descriptor.access)
        return found
    }

    /// What a caller is shown of a program's variables. The values are for its owner, and for whoever may run programs on
    /// its node, which could read them there.
    func environment(of workload: WorkloadRecord, for context: CallContext) -> ShownEnvironment {
        let submit = WorkloadOperations.submit.descriptor
        guard workload.owner != context.caller.peer else { return .values }
        guard context.caller.may(submit.access) else { return .names }
        guard let audience = audience(submit, context) else { return .values }
        return workload.nodeId.map(audience.nodes.contains) == true ? .values : .names
    }

    private func find(
        _ text: String, for audience: Audience?, _ descriptor: OperationDescriptor, _ context: CallContext
    ) async throws -> WorkloadRecord {
        guard let audience else { return try await find(text) }
        let (mine, any) = try await store.read {
            (try $0.findWorkload(text, for: audience), try $0.findWorkload(text))
        }
        guard mine == .none, any != .none else { return try matched(mine, text) }
        throw CallError(
            .forbidden,
            "`\(context.caller.name)` has no right to \(descriptor.access.scope) on workload `\(text)`: it is "
                + "somebody else's and on none of the nodes of \(context.caller.reach(descriptor.access))")
    }
}

extension NodeReach {
    /// As it is kept with a workload; nil for every node.
    var stored: String? {
        guard case .labelled(let alternatives) = self else { return nil }
        // Fails never for strings; no node is the safe reading.
        return (try? JSONCoding.encode(alternatives).description) ?? "[]"
    }

    /// Reads what ``stored`` wrote; what cannot be read covers no node.
    init(stored: String?) {
        guard let stored else {
            self = .everything
            return
        }
        self =
            (try? JSONCoding.decode([LabelSelector].self, from: .init(string: stored)))
            .map(NodeReach.init(anyOf:)) ?? .labelled([])
    }
}
