import Glibc

/// The groups of programs in a group that was taken over, each by a name of the caller's.
package struct ProgramGroups: Sendable {
    private static let prefix = "attempt-"

    private let base: ControlGroup

    init(_ base: ControlGroup) {
        self.base = base
    }

    /// The group of this name, there or not.
    package func group(_ name: String) -> ControlGroup { base.child(Self.prefix + name) }

    /// Makes a group with limits; one that is there gets these. A group that could not be limited does not stay.
    package func make(_ name: String, _ limits: ProgramLimits) throws(SystemError) -> ControlGroup {
        let group = group(name)
        try group.make()
        do throws(SystemError) {
            try group.limit(limits)
        } catch {
            rmdir(group.path)
            throw error
        }
        return group
    }

    /// Sets the limits of a group anew where it is there. False when it is not, or does not take them.
    @discardableResult
    package func limitAgain(_ name: String, _ limits: ProgramLimits) -> Bool {
        let group = group(name)
        guard access(group.path, F_OK) == 0 else { return false }
        return (try? group.limit(limits)) != nil
    }

    /// The names of all groups there are.
    package var names: [String] {
        base.childNames.filter { $0.hasPrefix(Self.prefix) }.map { String($0.dropFirst(Self.prefix.count)) }
    }
}
