import FoundationEssentials
import Glibc

/// An OpenSSH server of the benchmark's own on loopback: its own host key, one authorised key, a home without start-up
/// files. Nothing of the machine's own configuration is read or changed, but /run/sshd, which sshd wants to exist.
final class PrivateSSHD {
    let server: Child
    private let folder: String

    /// - Throws: ``BenchFailure`` where openssh-server is not installed or does not start.
    init(_ workshop: Workshop, name: String) throws {
        let folder = try workshop.subfolder(name)
        let port = try Workshop.freePort()
        self.folder = folder
        let program = "/usr/sbin/sshd"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw BenchFailure("the peer of exec is missing: apt-get install openssh-server")
        }
        if getuid() == 0 { mkdir("/run/sshd", 0o755) }
        let home = try workshop.subfolder(name + "/home")
        for name in ["host", "user"] {
            try Spawn.timed(["ssh-keygen", "-q", "-t", "ecdsa", "-b", "256", "-N", "", "-f", "\(folder)/\(name)"])
        }
        let authorised = try String(contentsOfFile: folder + "/user.pub", encoding: .utf8)
        let hostKey = try String(contentsOfFile: folder + "/host.pub", encoding: .utf8)
        try Self.write(authorised, to: folder + "/authorized_keys")
        try Self.write("[127.0.0.1]:\(port) " + hostKey, to: folder + "/known_hosts")
        try Self.write(
            """
            ListenAddress 127.0.0.1:\(port)
            HostKey \(folder)/host
            AuthorizedKeysFile \(folder)/authorized_keys
            PidFile none
            StrictModes no
            UsePAM no
            PasswordAuthentication no
            PermitRootLogin prohibit-password
            PrintMotd no
            MaxSessions 1000
            Subsystem sftp internal-sftp
            SetEnv HOME=\(home)

            """, to: folder + "/sshd_config")
        try Self.write(
            """
            Host bench far
                HostName 127.0.0.1
                Port \(port)
                IdentityFile \(folder)/user
                IdentitiesOnly yes
                UserKnownHostsFile \(folder)/known_hosts
                StrictHostKeyChecking yes
                BatchMode yes
                LogLevel ERROR

            """, to: folder + "/ssh_config")
        server = try Child([program, "-D", "-f", folder + "/sshd_config", "-E", folder + "/sshd.log"])
        try awaitServer()
    }

    /// A command on a connection of its own.
    func fresh(_ command: [String]) -> [String] {
        ["ssh", "-F", folder + "/ssh_config", "-o", "ControlPath=none", "bench"] + command
    }

    /// A command over the connection that ``share()`` opened.
    func shared(_ command: [String]) -> [String] {
        ["ssh", "-F", folder + "/ssh_config", "-o", "ControlPath=\(folder)/control", "bench"] + command
    }

    /// A line of shell on a terminal.
    func terminal(_ line: String) -> [String] {
        ["ssh", "-F", folder + "/ssh_config", "-o", "ControlPath=none", "-tt", "bench", "sh -c \(line)"]
    }

    /// The same through a jump host, which is this server again.
    func jump(_ line: String) -> [String] {
        ["ssh", "-F", folder + "/ssh_config", "-o", "ControlPath=none", "-J", "bench", "-tt", "far", "sh -c \(line)"]
    }

    /// A copy through a jump host, which is this server again.
    func copy(_ source: String, to target: String) -> [String] {
        ["scp", "-F", folder + "/ssh_config", "-o", "ControlPath=none", "-J", "bench", "-rpq", source, "far:" + target]
    }

    /// A port of the server's that leads back to one of ours, with the cheapest cipher there is.
    func reverse(_ port: Int, to endpoint: Int) -> [String] {
        [
            "ssh", "-F", folder + "/ssh_config", "-o", "ControlPath=none", "-o", "ExitOnForwardFailure=yes", "-c",
            "aes128-gcm@openssh.com", "-N", "-R", "127.0.0.1:\(port):127.0.0.1:\(endpoint)", "bench",
        ]
    }

    /// Opens the connection that later commands share.
    func share() throws {
        try Spawn.timed([
            "ssh", "-F", folder + "/ssh_config", "-o", "ControlMaster=yes", "-o", "ControlPath=\(folder)/control", "-o",
            "ControlPersist=yes", "-fN", "bench",
        ])
    }

    func stop() {
        _ = try? Spawn.timed(
            [
                "ssh", "-F", folder + "/ssh_config", "-o", "ControlPath=\(folder)/control", "-O", "exit", "bench",
            ], isQuiet: true)
        server.stop()
    }

    private func awaitServer() throws {
        for _ in 0..<100 {
            if (try? Spawn.timed(fresh(["true"]), isQuiet: true)) != nil { return }
            usleep(50_000)
        }
        let log = (try? String(contentsOfFile: folder + "/sshd.log", encoding: .utf8)) ?? ""
        throw BenchFailure("the private sshd does not answer: \(log)")
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
        chmod(path, 0o600)
    }
}
