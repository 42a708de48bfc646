import CProcesses
import Glibc

/// Makes the cgroup v2 group that this process was started in into one that holds limited programs.
///
/// A group is taken only from a manager that gives it away, in one of two ways:
/// - it bears the mark of delegation, the extended attribute `user.delegate` or `trusted.delegate` with the value `1`,
///   that systemd sets for `Delegate=yes`;
/// - it is the root of the cgroup namespace of a container (and not of the machine: only that root has no
///   `cgroup.type`), and this process is PID 1 there, or all processes in it are this one, those that started it and
///   those that it started.
///
/// A service of systemd must moreover say, by `CAPSTAN_UNIT_LIFTS_LIMITS=1`, that its unit takes the controllers back
/// when the spoke ends: as long as a group has the memory controller for its children, no process may be put into it,
/// and systemd could not start the spoke again beside programs that go on. See Docs/decisions/0011.
///
/// The group then is laid out as `spoke`, for this process and its supervisors, and beside it one group a program.
/// Started in a `spoke` whose parent qualifies, as after a restart, the process takes the parent.
package struct GroupTakeover: Sendable {
    /// The group of this process and its supervisors.
    static let own = "spoke"
    private static let wanted = ["cpu", "memory"]
    /// How often the group is looked at for processes that were started while others were moved.
    private static let rounds = 10

    /// Where /proc is.
    package var proc: String
    package var pid: Int32
    /// Whether a manager gave the group of this folder away.
    package var isMarked: @Sendable (String) -> Bool
    /// Whether this process is the main process of a service of systemd.
    package var isService: Bool
    /// Whether the unit takes the controllers back when this process ends.
    package var unitLifts: Bool

    /// The group of this very process.
    package init() {
        proc = "/proc"
        pid = getpid()
        isMarked = { path in
            cp_attribute_is(path, "user.delegate", "1") == 1 || cp_attribute_is(path, "trusted.delegate", "1") == 1
        }
        isService = getenv("SYSTEMD_EXEC_PID").map { String(cString: $0) } == String(pid)
        unitLifts = getenv("CAPSTAN_UNIT_LIFTS_LIMITS").map { String(cString: $0) } == "1"
    }

    /// Takes the group. Nothing was changed when it throws, except that processes may be in `spoke` that were beside
    /// it. To be called again after every start; what is there already is kept.
    package func take() throws(LimitsRefused) -> ProgramGroups {
        let place = try base(try GroupPlace.own(proc: proc))
        let group = place.group
        let controllers = group.words(of: ControlGroup.controllers)
        let missing = Self.wanted.filter { name in !controllers.contains { $0 == name } }
        guard missing.isEmpty else {
            throw LimitsRefused("the group \(place.name) has no controller \(missing.joined(separator: " and "))")
        }
        for file in [group.path, group.file(ControlGroup.members), group.file(ControlGroup.enabled)]
        where access(file, W_OK) != 0 {
            throw LimitsRefused("\(file): \(SystemError.text(errno))")
        }
        do throws(SystemError) {
            try empty(place)
            try group.write(Self.wanted.map { "+" + $0 }.joined(separator: " "), to: ControlGroup.enabled)
        } catch {
            throw LimitsRefused("\(error)")
        }
        return ProgramGroups(group)
    }

    /// The group to take: the one we are in, or the one above.
    private func base(_ place: GroupPlace) throws(LimitsRefused) -> GroupPlace {
        var candidates = [place]
        if place.lastName == Self.own, let parent = place.parent { candidates.append(parent) }
        for candidate in candidates {
            if isMarked(candidate.group.path) {
                guard unitLifts || !isService && !candidate.lastName.hasSuffix(".service") else {
                    throw LimitsRefused(
                        "the unit does not say CAPSTAN_UNIT_LIFTS_LIMITS=1, and without what that stands for systemd "
                            + "could not start the spoke again beside running programs")
                }
                return candidate
            }
            guard candidate.name == "/" else { continue }
            guard candidate.group.text(of: "cgroup.type") != nil else {
                throw LimitsRefused("this process is in the machine's root group")
            }
            let members = candidate.group.processes
            guard !members.contains(0), pid == 1 || members.allSatisfy(isFamily) else {
                throw LimitsRefused("there are other processes in the container's root group")
            }
            return candidate
        }
        throw LimitsRefused("the group \(place.name) is not delegated to this process")
    }

    /// Moves all processes of the group into `spoke`: a group whose children have controllers holds none itself.
    private func empty(_ place: GroupPlace) throws(SystemError) {
        let own = place.group.child(Self.own)
        try own.make()
        for _ in 1...Self.rounds {
            let members = place.group.processes
            if members.isEmpty { return }
            for member in members {
                do throws(SystemError) {
                    try own.write(String(member), to: ControlGroup.members)
                } catch {
                    // It has ended meanwhile.
                    guard error.code == ESRCH else { throw error }
                }
            }
        }
        throw SystemError("move all processes out of \(place.group.path)", code: EBUSY)
    }

    /// Whether a process is this one, an ancestor or a descendant of it.
    private func isFamily(_ other: Int32) -> Bool {
        other == pid || line(from: pid).contains(other) || line(from: other).contains(pid)
    }

    /// The ancestors of a process, its parent first.
    private func line(from pid: Int32) -> [Int32] {
        var line: [Int32] = []
        var at = pid
        // A tree of processes is not that deep; one that changes while it is read may look like a circle.
        while line.count < 1000, let parent = parent(of: at), parent > 0 {
            line.append(parent)
            at = parent
        }
        return line
    }

    private func parent(of pid: Int32) -> Int32? {
        guard let text = (try? Files.text(of: "\(proc)/\(pid)/stat", in: AT_FDCWD)) ?? nil,
            // The name is in parentheses and may hold anything: fields are counted from the last one.
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }
}
