/// The exit codes of the whole binary: the one table that scripts may rely on.
///
/// `exec`, `run` and `shell` hand the program's own code through instead (``program(_:)``, ``endedBySignal(_:)``); a code
/// is Capstan's own only when an error message or object is on stderr.
package struct ExitCode: RawRepresentable, Hashable, Sendable {
    /// What the process passes to `exit`, 0 to 255.
    package let rawValue: Int32

    /// A code as it stands; the kernel keeps the low 8 bits only.
    package init(rawValue: Int32) {
        self.rawValue = rawValue & 0xff
    }

    /// Done, a clean stop by a signal included.
    package static let success = ExitCode(rawValue: 0)
    /// It failed at run time.
    package static let failure = ExitCode(rawValue: 1)
    /// Bad, missing or conflicting flags; nothing or several match where one is needed.
    package static let misuse = ExitCode(rawValue: 2)
    /// This state directory belongs to another host.
    package static let hostMismatch = ExitCode(rawValue: 4)
    /// Refused for its meaning: name taken, project differs, not installed.
    package static let refused = ExitCode(rawValue: 64)
    /// Malformed configuration, document or answer.
    package static let malformed = ExitCode(rawValue: 65)
    /// The hub cannot be reached, or the node is not connected.
    package static let unavailable = ExitCode(rawValue: 69)
    /// A bug of ours.
    package static let bug = ExitCode(rawValue: 70)
    /// It may work later: a deadline passed, a limit is reached, something was not verified in time.
    package static let tempFail = ExitCode(rawValue: 75)
    /// Not authenticated, not allowed, or root is needed.
    package static let notAllowed = ExitCode(rawValue: 77)
    /// Configuration is missing.
    package static let configMissing = ExitCode(rawValue: 78)
    /// Interrupted before it was done.
    package static let interrupted = ExitCode(rawValue: 130)

    /// A program ended by `signal`: 128 + signal, as shells report it.
    package static func endedBySignal(_ signal: Int32) -> ExitCode {
        ExitCode(rawValue: 128 + signal)
    }
}
