import Glibc
import Processes

/// What programs find in their environment, and where they start when nobody says where.
///
/// It is the spoke's own, so that a machine's settings (library paths, GPU selection, proxies) hold, less what is
/// meant for the spoke alone: everything of Capstan's, and what a service manager or a terminal put there.
struct ProgramEnvironment: Sendable {
    private static let foreign: Set<String> = [
        "TERM", "COLUMNS", "LINES", "OLDPWD", "SHLVL", "_", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "INVOCATION_ID", "JOURNAL_STREAM", "MAINPID", "MANAGERPID",
        "SWIFT_BACKTRACE", "SYSTEMD_EXEC_PID",
    ]

    private let base: [String: String]
    /// The account that programs run as.
    let account: Account

    init(own: [String: String], account: Account = .current) {
        self.account = account
        var base = own.filter { !$0.key.hasPrefix("CAPSTAN") && !Self.foreign.contains($0.key) }
        func provide(_ name: String, _ value: String) {
            if base[name]?.isEmpty ?? true { base[name] = value }
        }
        provide("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        provide("HOME", account.home)
        provide("USER", account.name)
        provide("LOGNAME", account.name)
        provide("SHELL", account.shell)
        provide("LANG", "C.UTF-8")
        self.base = base
    }

    /// Where a program starts when nothing else is said: the home directory, or the root where there is none.
    var defaultDirectory: String {
        let home = base["HOME"] ?? account.home
        return access(home, X_OK) == 0 ? home : "/"
    }

    /// The environment of a program that starts in `directory`; what the caller sets wins.
    func variables(_ extra: [String: String]?, directory: String) -> [String: String] {
        var all = base
        all["PWD"] = directory
        return all.merging(extra ?? [:]) { $1 }
    }

    /// What programs of another user find of the machine's settings. The rest may hold what is the spoke's user's alone.
    private static func isShared(_ name: String) -> Bool {
        ["PATH", "LANG", "TZ", "LD_LIBRARY_PATH"].contains(name)
            || ["LC_", "CUDA_", "NVIDIA_"].contains { name.hasPrefix($0) }
    }

    /// The same for programs of another user.
    func changed(to other: Account) -> ProgramEnvironment {
        var base = base.filter { Self.isShared($0.key) }
        base["HOME"] = other.home
        base["USER"] = other.name
        base["LOGNAME"] = other.name
        base["SHELL"] = other.shell
        return ProgramEnvironment(base: base, account: other)
    }

    private init(base: [String: String], account: Account) {
        self.base = base
        self.account = account
    }
}
