import Agent
import Daemon

/// What lies in a spoke's directory, and what that says.
struct SpokeFiles {
    let directory: StateDirectory

    /// - Throws: a ``Failure`` of exit code 78 where no spoke has joined from the directory; nothing is made there.
    func requireJoined() throws {
        guard try SpokeIdentity.exists(in: directory) else { throw notJoined }
    }

    /// Keeps the keys in the directory from others who may read them.
    /// - Parameter notice: told of each that could be read by others.
    func tightenKeys(_ notice: (String) -> Void) throws {
        for name in [SpokeIdentity.keyFile, SpokeKeyring.nextKeyFile] {
            if try SecretFile.tighten(directory.file(name)) { notice(SecretFile.notice(directory.file(name))) }
        }
    }

    /// That no spoke has joined from here, with what to do.
    var notJoined: Failure {
        .notConfigured(
            "no spoke has joined from \(directory.path)",
            advice:
                "on the hub's side: capstan token create; here: capstan spoke join TOKEN --state-dir \(directory.path)")
    }
}
