/// Every operation of this build, by where it is served: for the documents, and for a hub that passes calls on.
package enum OperationCatalog {
    package static let hub: [OperationDescriptor] = [
        EventOperations.watch.descriptor, HubOperations.status.descriptor, NodeOperations.approve.descriptor,
        NodeOperations.drain.descriptor, NodeOperations.label.descriptor, NodeOperations.list.descriptor,
        NodeOperations.remove.descriptor, NodeOperations.show.descriptor, NodeOperations.undrain.descriptor,
        OperationOperations.list.descriptor, OperationOperations.show.descriptor, PeerOperations.disable.descriptor,
        PeerOperations.enable.descriptor, PeerOperations.enrol.descriptor, PeerOperations.list.descriptor,
        PeerOperations.remove.descriptor, PeerOperations.me.descriptor, PeerOperations.rotate.descriptor,
        PeerOperations.setRole.descriptor, RoleOperations.create.descriptor, RoleOperations.list.descriptor,
        RoleOperations.remove.descriptor, RoleOperations.show.descriptor, TokenOperations.create.descriptor,
        TokenOperations.list.descriptor, TokenOperations.revoke.descriptor, WorkloadOperations.cancel.descriptor,
        WorkloadOperations.list.descriptor,
        WorkloadOperations.logs.descriptor, WorkloadOperations.receipt.descriptor, WorkloadOperations.show.descriptor,
        WorkloadOperations.submit.descriptor, WorkloadOperations.watch.descriptor,
    ]

    package static let node: [OperationDescriptor] = [
        AttemptOperations.cancel.descriptor, AttemptOperations.forget.descriptor, AttemptOperations.list.descriptor,
        AttemptOperations.logs.descriptor, AttemptOperations.start.descriptor, HostOperations.facts.descriptor,
        HostOperations.status.descriptor, JournalOperations.ack.descriptor, JournalOperations.watch.descriptor,
        OperationOperations.list.descriptor, OperationOperations.show.descriptor, TTYOperations.open.descriptor,
    ]

    /// What operators may be granted: what is there for the wire, but for what nodes do for the hub alone.
    package static var grantable: [AccessRule] {
        (hub + node).filter { $0.visibility == .external && !HubOnly.covers($0.name) }.map(\.access)
    }

    /// `Docs/operations.md`.
    package static var markdown: String {
        var text = "# Operations\n\nWritten by `make docs` from the registry; do not edit.\n"
        for (title, operations) in [("On the hub", hub), ("On a node", node)] {
            text += "\n## \(title)\n\n| operation | kind | scope | what |\n|---|---|---|---|\n"
            for operation in operations {
                let note = HubOnly.covers(operation.name) ? " (the hub alone)" : ""
                text +=
                    "| `\(operation.name)` | \(operation.kind.rawValue) | `\(operation.access.scope)` | "
                    + "\(operation.summary)\(note) |\n"
            }
        }
        return text
    }
}
