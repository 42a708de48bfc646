import Glibc

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
}

/// A user of this machine.
struct Account: Sendable, Hashable {
    var id: UInt32
    var name: String
    var home: String

    /// Who this process runs as. A user without an entry in the system's list has a number for a name.
    static var current: Account {
        let id = geteuid()
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
            guard let base = buffer.baseAddress,
                getpwuid_r(id, &entry, base, buffer.count, &found) == 0, found != nil,
                let name = entry.pw_name, let home = entry.pw_dir
            else { return Account(id: id, name: String(id), home: "/") }
            return Account(id: id, name: String(cString: name), home: String(cString: home))
        }
    }

    /// Whether `text` names this user, by name or number.
    func isNamed(_ text: String) -> Bool { text == name || text == String(id) }
}
