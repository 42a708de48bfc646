import Glibc

/// The CPU time of an input: a part that any may take, and so much a byte. What grows faster than the input is found by
/// the long inputs. The time is the thread's own, so a machine that does other things does no harm.
enum Cost {
    /// Generous: the code is optimised, but each of its edges is counted and each of its accesses checked.
    private static let perByte = Duration.microseconds(20)

    static func now() -> Duration {
        // Two words. Their names belong to whichever C module was read first, which here is a private one of NIO's.
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 2) { words in
            words.initialize(repeating: 0)
            _ = words.baseAddress?.withMemoryRebound(to: timespec.self, capacity: 1) { time in
                clock_gettime(CLOCK_THREAD_CPUTIME_ID, time)
            }
            return .seconds(words[0]) + .nanoseconds(words[1])
        }
    }

    static func check(since start: Duration, bytes: Int, allowance: Duration) {
        let spent = now() - start
        let allowed = allowance + perByte * bytes
        must(spent <= allowed, "\(bytes) bytes took \(spent) of CPU time, \(allowed) are allowed")
    }
}
