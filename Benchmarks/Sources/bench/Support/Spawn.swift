import Glibc
import Harness

/// Starting programs without anything in between that would be measured with them.
enum Spawn {
    /// - Parameters:
    ///   - input: what becomes stdin; /dev/null when left out.
    ///   - output: what becomes stdout; /dev/null when left out.
    ///   - isQuiet: whether its stderr goes nowhere instead of to ours.
    ///   - terminal: the path of a terminal that becomes all three.
    ///   - flags: of posix_spawn.
    static func start(
        _ command: [String], environment: [String: String] = [:], input: Int32? = nil,
        output: Int32? = nil, isQuiet: Bool = false, terminal: String? = nil, flags: Int16 = 0
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, flags)
        for (source, target) in [(input, Int32(0)), (output, Int32(1))] {
            if let source {
                posix_spawn_file_actions_adddup2(&actions, source, target)
            } else {
                posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
            }
        }
        if isQuiet { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
        if let terminal {
            // The first one that the leader of a session opens becomes its own.
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
            for target: Int32 in [1, 2] { posix_spawn_file_actions_adddup2(&actions, 0, target) }
        }
        var arguments = command.map { strdup($0) } + [nil]
        var variables = merged(environment).map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, command.first ?? "", &actions, &attributes, &arguments, &variables)
        guard code == 0 else {
            throw BenchFailure("cannot start \(command.joined(separator: " ")): \(String(cString: strerror(code)))")
        }
        return pid
    }

    /// Waits for the end. - Returns: the exit code, or 128 and the signal.
    static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Runs a program that has to succeed. - Returns: the milliseconds from its start to its end.
    @discardableResult
    static func timed(
        _ command: [String], environment: [String: String] = [:], output: Int32? = nil, isQuiet: Bool = false
    ) throws -> Double {
        let before = LoadLoop.now()
        let pid = try start(command, environment: environment, output: output, isQuiet: isQuiet)
        let code = wait(pid)
        let elapsed = Double(LoadLoop.now() - before) / 1e6
        guard code == 0 else { throw BenchFailure("\(command.joined(separator: " ")) ended with code \(code)") }
        return elapsed
    }

    /// What a program says on stdout, without the last line's end.
    static func output(of command: [String], environment: [String: String] = [:]) throws -> String {
        let child = try Child(command, environment: environment)
        defer { child.stop() }
        return try child.line()
    }

    private static func merged(_ extra: [String: String]) -> [String] {
        var all = extra
        var place = environ
        while let entry = place.pointee {
            let text = String(cString: entry)
            let name = String(text.prefix { $0 != "=" })
            if all[name] == nil { all[name] = String(text.dropFirst(name.count + 1)) }
            place += 1
        }
        return all.map { "\($0.key)=\($0.value)" }
    }
}
