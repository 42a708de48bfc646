import CProcesses
import Glibc
import Synchronization

/// The limits belong to the process, and so does what is remembered of them.
private let limits = Mutex(DescriptorLimit.State())

/// How many descriptors this process and its programs may have.
///
/// A hub or a spoke holds many. Its programs get the soft limit that it found at its own start: some size tables by it,
/// and select(2) cannot take numbers from 1024 on. posix_spawn has no way to say that, so the limit is lowered while
/// programs are being started. That hurts no other thread as long as far fewer are open; where they are not, or nobody can
/// tell, the program gets its limit just after its start.
package enum DescriptorLimit {
    struct State: Sendable {
        /// The soft limit before it was raised; nil when it was not.
        var found: rlim_t?
        /// Starts under way under the lower limit.
        var starting = 0
    }

    /// Descriptors that other threads must be able to open under the lower limit.
    private static let room: rlim_t = 256

    /// Raises the soft limit to the hard one, for this process alone. Once it did, it does nothing more.
    package static func raise() {
        limits.withLock { state in
            var limit = current()
            guard state.found == nil, limit.rlim_cur < limit.rlim_max else { return }
            let found = limit.rlim_cur
            limit.rlim_cur = limit.rlim_max
            if setrlimit(resource, &limit) == 0 { state.found = found }
        }
    }

    /// How many descriptors this process may have open now.
    package static var allowed: Int { Int(clamping: current().rlim_cur) }

    /// Starts a program by `start`, which returns a pid or something negative, so that it has the limit found.
    static func programs(_ start: () -> Int32) -> Int32 {
        guard let found = limits.withLock(\.found) else { return start() }
        guard let open = openCount(), open + room < found else {
            let pid = start()
            if pid > 0 { _ = cp_limit_descriptors(pid, UInt64(found)) }
            return pid
        }
        limits.withLock { state in
            state.starting += 1
            if state.starting == 1 { set(found) }
        }
        defer {
            limits.withLock { state in
                state.starting -= 1
                if state.starting == 0 { set(current().rlim_max) }
            }
        }
        return start()
    }

    /// How many descriptors this process has; nil where the kernel does not say so cheaply, as before Linux 6.2.
    private static func openCount() -> rlim_t? {
        var status = stat()
        guard stat("/proc/self/fd", &status) == 0, status.st_size > 0 else { return nil }
        return rlim_t(status.st_size)
    }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    private static func current() -> rlimit {
        var limit = rlimit()
        _ = getrlimit(resource, &limit)
        return limit
    }

    private static func set(_ soft: rlim_t) {
        var limit = current()
        limit.rlim_cur = min(soft, limit.rlim_max)
        _ = setrlimit(resource, &limit)
    }
}
