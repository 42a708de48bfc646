import Foundation
import TestKit

/// A process that has children of its own which outlive it: Foundation takes one for running while any of them is, since
/// they inherit what it watches. Its output goes to a file.
final class DetachedDaemon: Sendable {
    let pid: Int32

    init(_ executable: String, _ arguments: [String], environment: [String: String], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // What is not open does no harm.
        for descriptor: Int32 in 3..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var pid: Int32 = 0
        // What it drops where it stands lies beside its log.
        let folder = URL(filePath: log).deletingLastPathComponent().path
        let argv = (["env", "-C", folder, executable] + arguments).map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        let result = posix_spawn(&pid, "/usr/bin/env", &actions, nil, argv, envp)
        guard result == 0 else { throw Unmet(what: "\(executable): \(String(cString: strerror(result)))", seconds: 0) }
        self.pid = pid
    }

    var isRunning: Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info._sifields._kill.si_pid == 0
    }

    func signal(_ number: Int32) { kill(pid, number) }

    /// Sends a signal and waits for the end; past `seconds` it is killed.
    func end(_ signal: Int32, seconds: Double = 30) async {
        kill(pid, signal)
        let isOver = await becomesTrue(within: .seconds(seconds)) { !self.isRunning }
        if !isOver { kill(pid, SIGKILL) }
        let pid = pid
        try? await blocking {
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
    }
}
