import Logging
import Operations
import Processes

/// The control groups of attempts, on a machine where cpus and memory are limits.
extension AttemptService {
    /// How often a group is tried to be removed whose processes have been killed, and the pause between: 5 s in all.
    private static var removalTries: Int { 100 }
    private static var removalPause: Duration { .milliseconds(50) }

    /// The group that an attempt's program shall run in, with its limits; nil where there are none, or where it only
    /// could not be made for a program that wants no limits.
    /// - Throws: `SystemError` when limits that were asked for cannot be set: rather no program than an unlimited one.
    func group(for id: String, _ spec: WorkloadSpec) throws(SystemError) -> ControlGroup? {
        guard let groups else { return nil }
        let limits = ProgramLimits(spec)
        do throws(SystemError) {
            return try groups.make(id, limits)
        } catch {
            logger.warning("group not made", metadata: ["attempt": .string(id), "error": .string("\(error)")])
            guard limits == .none else { throw error }
            return nil
        }
    }

    /// Limits what goes on as it was before: when the spoke was started anew the limits may have been lifted meanwhile.
    func limitAgain(_ rows: [AttemptRow]) {
        guard let groups else { return }
        for row in rows {
            if let spec = try? row.workloadSpec() { groups.limitAgain(row.id, ProgramLimits(spec)) }
        }
    }

    /// Ends what an attempt has left in its group and removes it, within some seconds; what even SIGKILL does not end
    /// stays behind for `sweepGroups`.
    func removeGroup(_ id: String) async {
        guard let group = groups?.group(id) else { return }
        for _ in 1...Self.removalTries {
            switch group.remove() {
            case .gone: return
            case .refused(let error):
                return logger.warning(
                    "group not removed", metadata: ["attempt": .string(id), "error": .string("\(error)")])
            case .busy: break
            }
            do { try await configuration.clock.sleep(for: Self.removalPause) } catch { return }
        }
        logger.warning("group not removed: its processes do not end", metadata: ["attempt": .string(id)])
    }

    /// Removes the groups of attempts that have ended. What is not known here is another's.
    func sweepGroups() async throws {
        guard let groups else { return }
        let names = groups.names
        if names.isEmpty { return }
        let ended = try await store.read { db in
            try names.filter { name in
                guard let row = try AttemptTable.find(db, name) else { return false }
                return !row.isActive
            }
        }
        for name in ended { _ = groups.group(name).remove() }
    }
}

extension ProgramLimits {
    /// What a workload asks for; 0 and nothing are no limit.
    init(_ spec: WorkloadSpec) {
        self.init()
        if let cpus = spec.cpus, cpus > 0 { milliCPUs = Int64((min(cpus, 1e6) * 1000).rounded(.up)) }
        if let bytes = spec.memory, bytes > 0 { memory = bytes }
    }
}
