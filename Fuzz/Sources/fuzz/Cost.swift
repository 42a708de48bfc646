import Glibc

/// The CPU time of an input: a part that any may take, and so much a byte. What grows faster than the input is found by
/// the long inputs. The time is the thread's own, so a machine that does other things does no harm.
enum Cost {
    /// Generous: the code is optimised, but each of its edges is counted and each of its accesses checked.
    private static let perByte = Duration.microseconds(20)

    static func now() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    static func check(since start: Duration, bytes: Int, allowance: Duration) {
        let spent = now() - start
        let allowed = allowance + perByte * bytes
        must(spent <= allowed, "\(bytes) bytes took \(spent) of CPU time, \(allowed) are allowed")
    }
}
