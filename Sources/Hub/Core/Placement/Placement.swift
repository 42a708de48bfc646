/// Where queued workloads go: a pure function from what is known about the fleet to what to do next.
///
/// It reads no clock, no database and no random source, so that one snapshot always gives one plan, and the plan can be
/// tested without a fleet. The caller commits it, and with each assignment checks that the node's generation still stands.
package enum Placement {
    /// Decides which queued workloads start where, and why the others wait.
    ///
    /// Promises: no node is filled beyond its capacity; every requirement is met; a workload that waits fits nowhere,
    /// except where room is kept for another (`WaitReason.reserved`); the same
    /// snapshot in any order of its arrays gives the same plan. No input makes it trap.
    package static func plan(_ snapshot: Snapshot) -> Plan {
        var planner = Planner(snapshot)
        return planner.run()
    }
}
