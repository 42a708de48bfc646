import Daemon
import Glibc
import Operations

/// What enrolment tells of this machine; the rest comes from the spoke once it runs.
enum MachineFacts {
    /// - Parameter instance: which rented machine this is.
    static func read(instance: String? = nil) -> HostFacts {
        var name = utsname()
        uname(&name)
        let pages = Int64(max(0, sysconf(Int32(_SC_PHYS_PAGES))))
        var facts = HostFacts(
            hostname: text(name.nodename), os: text(name.sysname).lowercased(), arch: text(name.machine),
            cpus: max(0, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            memory: pages * Int64(max(0, sysconf(Int32(_SC_PAGESIZE)))))
        facts.kernel = text(name.release)
        facts.hostFingerprint = HostIdentity.read()?.fingerprint
        facts.software = Version.software
        facts.providerInstance = instance
        return facts
    }

    private static func text(_ field: some Any) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
