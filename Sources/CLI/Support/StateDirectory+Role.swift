import CallProtocol
import Daemon
import Glibc

extension StateDirectory {
    /// The files whose presence says what a directory is for.
    private static let marks: [Role: [String]] = [
        .hub: ["hub-key.pem", "hub.db"], .spoke: ["identity.json", "key.pem", "spoke.lock"],
    ]

    /// The state directory of a role, by the usual rules, and none of another role's: keys and databases of two roles in
    /// one folder would be lost with either.
    /// - Throws: a ``Failure`` of exit code 64 for a directory of another role, `Unresolved` when no rule leads to one.
    static func own(_ role: Role, flag: String?) throws -> StateDirectory {
        let directory = try resolve(role, flag: flag, environment: Environment.all)
        for other in Role.allCases where other != role {
            guard marks[other, default: []].contains(where: { access(directory.file($0), F_OK) == 0 }) else { continue }
            throw Failure(
                .failedPrecondition, "\(directory.path) is the state directory of a \(other.rawValue)",
                advice: "give the \(role.rawValue) one of its own: --state-dir DIR")
        }
        return directory
    }
}
