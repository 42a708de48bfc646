/// Every operation of this build, by where it is served: for the documents, and for a hub that passes calls on.
package enum OperationCatalog {
    package static let hub: [OperationDescriptor] = [
        BudgetOperations.list.descriptor, BudgetOperations.remove.descriptor, BudgetOperations.set.descriptor,
        EventOperations.watch.descriptor, HubOperations.status.descriptor, InstanceOperations.list.descriptor,
        InstanceOperations.reconcile.descriptor, InstanceOperations.release.descriptor,
        InstanceOperations.rent.descriptor, InstanceOperations.show.descriptor, NodeOperations.approve.descriptor,
        NodeOperations.drain.descriptor, NodeOperations.label.descriptor, NodeOperations.list.descriptor,
        NodeOperations.remove.descriptor, NodeOperations.show.descriptor, NodeOperations.undrain.descriptor,
        OperationOperations.list.descriptor, OperationOperations.show.descriptor, PeerOperations.disable.descriptor,
        PeerOperations.enable.descriptor, PeerOperations.enrol.descriptor, PeerOperations.list.descriptor,
        PeerOperations.remove.descriptor, PeerOperations.me.descriptor, PeerOperations.rotate.descriptor,
        PeerOperations.setRole.descriptor, PoolOperations.list.descriptor,
        PoolOperations.remove.descriptor, PoolOperations.set.descriptor, ProviderOperations.importDocument.descriptor,
        ProviderOperations.list.descriptor, ProviderOperations.offers.descriptor,
        ProviderOperations.remove.descriptor, ProviderOperations.show.descriptor,
        RoleOperations.create.descriptor, RoleOperations.list.descriptor,
        RoleOperations.remove.descriptor, RoleOperations.show.descriptor, TokenOperations.create.descriptor,
        TokenOperations.list.descriptor, TokenOperations.revoke.descriptor, TunnelOperations.create.descriptor,
        TunnelOperations.delete.descriptor, TunnelOperations.disable.descriptor, TunnelOperations.enable.descriptor,
        TunnelOperations.enrol.descriptor,
        TunnelOperations.list.descriptor, TunnelOperations.progress.descriptor, TunnelOperations.show.descriptor,
        TunnelOperations.stats.descriptor, TunnelOperations.update.descriptor, WorkloadOperations.cancel.descriptor,
        WorkloadOperations.list.descriptor,
        WorkloadOperations.logs.descriptor, WorkloadOperations.receipt.descriptor, WorkloadOperations.show.descriptor,
        WorkloadOperations.submit.descriptor, WorkloadOperations.watch.descriptor,
    ]

    package static let node: [OperationDescriptor] =
        [
            AttemptOperations.cancel.descriptor, AttemptOperations.forget.descriptor, AttemptOperations.list.descriptor,
            AttemptOperations.logs.descriptor, AttemptOperations.start.descriptor, HostOperations.copyIn.descriptor,
            HostOperations.copyOut.descriptor, HostOperations.facts.descriptor,
            HostOperations.status.descriptor, JournalOperations.ack.descriptor, JournalOperations.watch.descriptor,
            LinkOperations.open.descriptor,
            OperationOperations.list.descriptor, OperationOperations.show.descriptor, TTYOperations.attach.descriptor,
            TTYOperations.kill.descriptor, TTYOperations.list.descriptor, TTYOperations.open.descriptor,
            TTYOperations.replay.descriptor, TunnelOperations.dial.descriptor, TunnelOperations.probe.descriptor,
        ] + containers

    private static let containers: [OperationDescriptor] = [
        ContainerOperations.copyIn.descriptor, ContainerOperations.copyOut.descriptor,
        ContainerOperations.create.descriptor, ContainerOperations.events.descriptor,
        ContainerOperations.exec.descriptor, ContainerOperations.inspect.descriptor,
        ContainerOperations.kill.descriptor, ContainerOperations.list.descriptor, ContainerOperations.logs.descriptor,
        ContainerOperations.remove.descriptor, ContainerOperations.rename.descriptor,
        ContainerOperations.restart.descriptor, ContainerOperations.start.descriptor,
        ContainerOperations.stats.descriptor, ContainerOperations.stop.descriptor, ContainerOperations.top.descriptor,
        ContainerOperations.wait.descriptor, ImageOperations.inspect.descriptor, ImageOperations.list.descriptor,
        ImageOperations.load.descriptor, ImageOperations.pull.descriptor, ImageOperations.remove.descriptor,
    ]

    /// What operators may be granted: what is there for the wire, but for what nodes do for the hub alone.
    package static var grantable: [AccessRule] {
        (hub + node).filter { $0.visibility == .external && !HubOnly.covers($0.name) }.map(\.access)
            + ProviderOperations.callRules
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
