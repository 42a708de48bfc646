import Daemon
import Glibc

/// The right of a hub or a spoke to run in its directory.
enum DaemonLock {
    /// Longer than any change of a key takes.
    private static let patience = Duration.seconds(60)

    /// Takes the lock called `name`. A command that changes the key holds it too, for a moment: that is waited for, so that
    /// a service which is started again meanwhile does not fail.
    /// - Throws: `SingletonLock.AlreadyRunning`.
    static func take(_ name: String, in directory: StateDirectory) async throws -> SingletonLock {
        let end = ContinuousClock.now + patience
        while true {
            do {
                return try SingletonLock(path: directory.file(name))
            } catch let running as SingletonLock.AlreadyRunning {
                let changing = try SingletonLock.holder(path: directory.file("rotate.lock"))
                // The command that holds both, or has let go of both by now.
                let isPassing = changing == nil ? !isAlive(running) : changing == running.pid
                guard isPassing, ContinuousClock.now < end else { throw running }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private static func isAlive(_ running: SingletonLock.AlreadyRunning) -> Bool {
        guard let pid = running.pid else { return false }
        return kill(pid, 0) == 0 || errno != ESRCH
    }
}
