import FoundationEssentials

/// A program that a service manager keeps running.
struct ServiceDescription: Sendable, Equatable {
    /// `capstan-tunnel-user-notebook`: the name of its unit, and the end of its label.
    var name: String
    /// For people.
    var summary: String
    /// The program by its absolute path, and its arguments.
    var arguments: [String]
    var environment: [String: String]
    /// Whether it is the machine's, and not a user's.
    var isSystem: Bool
}

extension ServiceDescription {
    /// Exit codes that another try does not change: misuse, meaning, files that are damaged or missing.
    private static let final = [2, 64, 65, 78]

    /// A unit of systemd.
    ///
    /// - Parameter steps: whether this systemd lets the pause between two tries grow (254 and later): from 5 s by way of 17 s to
    ///   60 s; it is always 5 s where not.
    func systemdUnit(steps: Bool) -> String {
        let variables = environment.sorted { $0.key < $1.key }.map {
            "Environment=\(Self.quoted("\($0.key)=\($0.value)"))\n"
        }
        return """
            [Unit]
            Description=\(summary.replacing("%", with: "%%"))
            Wants=network-online.target
            After=network-online.target
            StartLimitIntervalSec=0

            [Service]
            Type=exec
            ExecStart=\(arguments.map { Self.quoted($0.replacing("$", with: "$$")) }.joined(separator: " "))
            \(variables.joined())Restart=on-failure
            RestartSec=5
            \(steps ? "RestartSteps=2\nRestartMaxDelaySec=60\n" : "")RestartPreventExitStatus=\(Self.final.map(String.init).joined(separator: " "))
            TimeoutStopSec=30
            NoNewPrivileges=yes

            [Install]
            WantedBy=\(isSystem ? "multi-user.target" : "default.target")

            """
    }

    /// A word of a unit, quoted where it has blanks (systemd.syntax(7), "Quoting"; systemd.unit(5), "Specifiers").
    private static func quoted(_ word: String) -> String {
        let text = word.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("%", with: "%%")
        let isPlain = !text.isEmpty && !text.contains { " \t\"'".contains($0) }
        return isPlain ? text : "\"\(text.replacing("\"", with: "\\\""))\""
    }
}

extension ServiceDescription {
    /// A property list of launchd (launchd.plist(5)). launchd tries again 10 s after the last start, unless the exit code was 0.
    func launchdPlist(log: String) throws -> String {
        struct Plist: Encodable {
            struct KeepAlive: Encodable {
                var SuccessfulExit = false
            }

            var Label: String
            var ProgramArguments: [String]
            var EnvironmentVariables: [String: String]?
            var KeepAlive = Plist.KeepAlive()
            var RunAtLoad = true
            var ExitTimeOut = 30
            var ProcessType = "Background"
            var StandardErrorPath: String
        }
        let encoder = PropertyListEncoder()
        encoder.outputFormat = .xml
        let plist = Plist(
            Label: "dev.capstan.\(name)", ProgramArguments: arguments,
            EnvironmentVariables: environment.isEmpty ? nil : environment, StandardErrorPath: log)
        return String(decoding: try encoder.encode(plist), as: UTF8.self)
    }
}
