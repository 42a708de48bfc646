import Operations
import Store

extension HubCore {
    /// The id and the name of what a text means, for grants that are for some resources only; the text itself where it
    /// means nothing here, or several things.
    func names(of resource: AccessRule.Resource, meantBy text: String) async throws -> [String] {
        switch resource.kind {
        case AccessRule.Resource.node:
            guard let node = try? directory.node(text) else { return [text] }
            return [node.id, node.name]
        case AccessRule.Resource.workload:
            guard case .one(let workload) = try await store.read({ try $0.findWorkload(text) }) else { return [text] }
            return [workload.id, workload.name]
        default: return [text]
        }
    }
}
