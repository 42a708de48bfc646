import CallProtocol
import Glibc

/// The systemd of this machine, or of this user.
struct Systemd: Sendable {
    let isSystem: Bool

    private static let patience = Duration.seconds(60)

    /// Where units lie.
    func folder() throws -> String {
        if isSystem { return "/etc/systemd/system" }
        let environment = Environment.all
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") { return base + "/systemd/user" }
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            throw Failure.notConfigured("no home directory (HOME is not set)", advice: "--unit-dir DIR")
        }
        return home + "/.config/systemd/user"
    }

    /// Whether it runs, so that it can be told to do something.
    var isAtWork: Bool {
        if isSystem { return access("/run/systemd/system", F_OK) == 0 }
        guard let runtime = Environment.all["XDG_RUNTIME_DIR"] else { return false }
        return access(runtime + "/systemd/private", F_OK) == 0
    }

    /// Its version; nil where there is none.
    static func version() async -> Int? {
        guard let run = try? await ToolRun.run(["systemctl", "--version"], patience: .seconds(5)) else { return nil }
        return run.output.split(separator: " ").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    func reload() async throws { try await tell("daemon-reload") }
    func enable(_ unit: String, now: Bool) async throws { try await tell("enable", now ? ["--now", unit] : [unit]) }
    func disable(_ unit: String) async throws { try await tell("disable", ["--now", unit]) }
    func stop(_ unit: String) async throws { try await tell("stop", [unit]) }
    func start(_ unit: String) async throws { try await tell("start", [unit]) }

    private func tell(_ verb: String, _ words: [String] = []) async throws {
        let arguments = ["systemctl"] + (isSystem ? [] : ["--user"]) + [verb] + words
        guard let run = try await ToolRun.run(arguments, patience: Self.patience) else {
            throw Failure(.timeout, "\(arguments.joined(separator: " ")) took longer than a minute")
        }
        guard run.code != 0 else { return }
        let said = run.errors.split(separator: "\n").first.map { ": \(CellText.line(String($0)))" } ?? ""
        throw Failure.failed("\(arguments.joined(separator: " ")) ended with \(run.code)\(said)")
    }
}
