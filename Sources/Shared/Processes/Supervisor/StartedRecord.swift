import Glibc

/// Which program a supervisor started, precisely enough to know it again.
struct StartedRecord: Equatable {
    var pid: Int32
    var supervisor: Int32
    /// Unix milliseconds.
    var startedMs: Int64
    /// When the program's process began, in clock ticks since boot; 0 when unknown.
    var ticks: UInt64
    /// The system's id of the boot that the ticks count from.
    var boot: String

    /// The present boot's id, empty when the system does not say.
    static var thisBoot: String {
        let text = (try? Files.text(of: "/proc/sys/kernel/random/boot_id", in: AT_FDCWD)) ?? nil
        return text.map { String($0.prefix { !$0.isNewline }) } ?? ""
    }

    /// The text form: one `key=value` a line.
    var text: String {
        "pid=\(pid)\nsupervisor=\(supervisor)\nstartedMs=\(startedMs)\nticks=\(ticks)\nboot=\(boot)\n"
    }
}

extension StartedRecord {
    /// Reads the text form; nil without a pid.
    init?(text: String) {
        var fields: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            fields[line[..<equals]] = line[line.index(after: equals)...]
        }
        guard let pid = fields["pid"].flatMap({ Int32($0) }), pid > 1 else { return nil }
        self.init(
            pid: pid, supervisor: fields["supervisor"].flatMap { Int32($0) } ?? 0,
            startedMs: fields["startedMs"].flatMap { Int64($0) } ?? 0,
            ticks: fields["ticks"].flatMap { UInt64($0) } ?? 0, boot: String(fields["boot"] ?? ""))
    }
}
