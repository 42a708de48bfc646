import Glibc

/// A closure on its way to a thread of its own.
private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// Runs `body` on a new detached thread with all signals blocked. False when the system has no thread left.
@discardableResult
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    let boxed = Unmanaged.passRetained(ThreadBody(body))
    var all = sigset_t()
    var previous = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, threadEntry, boxed.toOpaque())
    guard result == 0 else {
        boxed.release()
        return false
    }
    pthread_detach(thread)
    return true
}

private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
    return nil
}
