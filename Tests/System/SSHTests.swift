import Foundation
import TestKit
import Testing

/// An OpenSSH server on loopback with keys of its own, and an `ssh` for a spoke's PATH that knows it as `inner`.
private struct PrivateSSH {
    static let server = "/usr/sbin/sshd"
    /// It must be there and start: an installed one may want folders that only root makes.
    static let isPossible = access(server, X_OK) == 0 && geteuid() == 0

    let daemon: DetachedDaemon
    /// Where the client lies.
    let folder: String

    init(_ folder: String) async throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if access("/run/sshd", F_OK) != 0 { mkdir("/run/sshd", 0o755) }
        let port = try LoopbackPorts.free()
        let script = """
            cd '\(folder)'
            ssh-keygen -q -t ecdsa -b 256 -N '' -f host; ssh-keygen -q -t ecdsa -b 256 -N '' -f user
            cp user.pub authorized; printf '[127.0.0.1]:\(port) ' | cat - host.pub > known
            printf '%s\\n' 'ListenAddress 127.0.0.1:\(port)' 'HostKey \(folder)/host' 'AuthorizedKeysFile \(folder)/authorized' \
            'PidFile none' 'StrictModes no' 'UsePAM no' 'PasswordAuthentication no' 'PermitRootLogin prohibit-password' > server
            printf '%s\\n' 'Host inner' 'HostName 127.0.0.1' 'Port \(port)' 'IdentityFile \(folder)/user' \
            'UserKnownHostsFile \(folder)/known' 'LogLevel ERROR' > client
            printf '#!/bin/sh\\nexec /usr/bin/ssh -F \(folder)/client "$@"\\n' > ssh; chmod 755 ssh; chmod 600 host user
            """
        let made = try await Program(
            "/bin/sh", ["-ec", script], environment: ["PATH": "/usr/bin:/bin"], folder: URL(filePath: "/tmp")
        ).wait()
        guard made.code == 0 else { throw Unmet(what: "keys: \(made.err)", seconds: 0) }
        daemon = try DetachedDaemon(
            Self.server, ["-D", "-f", folder + "/server"], environment: [:], log: folder + "/log")
        let client = folder + "/ssh"
        try await until("sshd") {
            try await Program(
                client, ["inner", "true"], environment: ["PATH": "/usr/bin:/bin"], folder: URL(filePath: "/tmp")
            ).wait().code == 0
        }
    }
}

@Suite("A host behind a node", .serialized)
struct SSHTests {
    @Test(
        "is reached by the node's ssh: words, variables and folders come as they were given, and the code is the program's",
        .enabled(if: PrivateSSH.isPossible, "it needs root and sshd (Debian: openssh-server)"))
    func host() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let ssh = try await PrivateSSH(fleet.path("ssh"))
            do {
                try await visit(fleet, ssh)
            } catch {
                await ssh.daemon.end(SIGTERM)
                throw error
            }
            await ssh.daemon.end(SIGTERM)
        }
    }

    private func visit(_ fleet: Fleet, _ ssh: PrivateSSH) async throws {
        // A spoke finds its programs by the PATH that it was started with.
        _ = await fleet.stopSpoke("one")
        try await fleet.startSpoke("one", through: ["/usr/bin/env", "PATH=\(ssh.folder):/usr/bin:/bin"])
        let shell = try fleet.startOnTerminal(
            "shell", "one", "--ssh", "inner", "--cwd", "/tmp", "--env", "GREETING=it's $HOME", "--", "sh", "-c",
            #"stty size; pwd; echo "$GREETING"; echo "$1"; exit 6"#, "sh", "two  words; exit 9", columns: 77)
        #expect(await shell.wait() == 6)
        for line in ["24 77", "/tmp", "it's $HOME", "two  words; exit 9"] {
            #expect(shell.text.contains(line + "\r\n"), "\(shell.text)")
        }
        let login = try fleet.startOnTerminal("shell", "one", "--ssh", "inner")
        try await login.type("echo in''ner; exit 4\r")
        try await login.shows("inner\r\n")
        #expect(await login.wait() == 4)
        let refused = try fleet.startOnTerminal("shell", "one", "--ssh=-oProxyCommand=exit")
        #expect(await refused.wait() == 2)
        #expect(refused.text.contains("is no host for ssh"))
        let nowhere = try fleet.startOnTerminal("shell", "one", "--ssh", "nowhere.invalid", "--", "true")
        #expect(await nowhere.wait() == 255)
        #expect(nowhere.text.contains("nowhere.invalid"))
    }
}
