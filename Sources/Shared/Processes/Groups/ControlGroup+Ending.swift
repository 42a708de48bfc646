import Glibc

/// Ending what is in a group.
extension ControlGroup {
    /// How a removal went.
    package enum Removal: Sendable, Equatable {
        /// The group is not there any more.
        case gone
        /// What was in it has been killed and has not ended yet; worth another try in a moment.
        case busy
        /// It stays.
        case refused(SystemError)
    }

    /// SIGKILL to every process in the group and below it.
    func kill() {
        // One write, and nothing can fork away from it; kernels before 5.14 have no such file.
        if (try? write("1", to: "cgroup.kill")) != nil { return }
        for process in processes where process > 0 { _ = Glibc.kill(process, SIGKILL) }
        for name in childNames { child(name).kill() }
    }

    /// Removes the group, with all groups below it; kills what is in it first.
    package func remove() -> Removal {
        if let removal = removed() { return removal }
        kill()
        for name in childNames { _ = child(name).remove() }
        return removed() ?? .busy
    }

    /// Nil while something is in the group.
    private func removed() -> Removal? {
        if rmdir(path) == 0 { return .gone }
        switch errno {
        case ENOENT: return .gone
        case EBUSY: return nil
        default: return .refused(SystemError("remove the control group \(path)", code: errno))
        }
    }
}
