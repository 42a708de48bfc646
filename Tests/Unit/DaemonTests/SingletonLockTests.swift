import Daemon
import Glibc
import TestKit
import Testing

@Suite("The singleton lock")
struct SingletonLockTests {
    @Test("a live holder is named by its pid, and a release lets the next one in")
    func excludes() async throws {
        try await withFolder { folder in
            let path = folder + "/lock"
            let first = try SingletonLock(path: path)
            #expect(first.takenOverFrom == nil)
            #expect(try text(path) == "\(getpid())\n")
            #expect(mode(of: path) == 0o600)
            let error = #expect(throws: SingletonLock.AlreadyRunning.self) { _ = try SingletonLock(path: path) }
            #expect(error?.description == "already running (pid \(getpid()))")
            first.release()
            first.release()
            let second = try SingletonLock(path: path)
            #expect(second.takenOverFrom == nil)
            second.release()
        }
    }

    @Test("a stale file is taken over, and whose it was is told")
    func stale() async throws {
        try await withFolder { folder in
            try AtomicFile.write("4242\n", to: folder + "/lock")
            let lock = try SingletonLock(path: folder + "/lock")
            #expect(lock.takenOverFrom == 4242)
        }
    }

    @Test("a file of garbage is taken over too")
    func garbage() async throws {
        try await withFolder { folder in
            try AtomicFile.write([0xff, 0, 0x80], to: folder + "/lock")
            #expect(try SingletonLock(path: folder + "/lock").takenOverFrom == nil)
        }
    }

    @Test("who holds the lock can be asked without taking it")
    func holder() async throws {
        try await withFolder { folder in
            #expect(try SingletonLock.holder(path: folder + "/lock") == nil)
            #expect(names(in: folder).isEmpty)
            let lock = try SingletonLock(path: folder + "/lock")
            #expect(try SingletonLock.holder(path: folder + "/lock") == getpid())
            lock.release()
            #expect(try SingletonLock.holder(path: folder + "/lock") == nil)
        }
    }

    @Test("a lock held by nobody who can be named is refused all the same")
    func namelessHolder() async throws {
        try await withFolder { folder in
            let number = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            defer { close(number) }
            #expect(flock(number, LOCK_EX | LOCK_NB) == 0)
            let error = #expect(throws: SingletonLock.AlreadyRunning.self) {
                _ = try SingletonLock(path: folder + "/lock")
            }
            #expect(error?.pid == nil)
        }
    }

    @Test("a lock that is dropped is released")
    func dropped() async throws {
        try await withFolder { folder in
            do { _ = try SingletonLock(path: folder + "/lock") }
            _ = try SingletonLock(path: folder + "/lock")
        }
    }

    @Test("a started program does not inherit the lock")
    func notInherited() async throws {
        try await withFolder { folder in
            let lock = try SingletonLock(path: folder + "/lock")
            var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("1000"), nil]
            defer { for argument in arguments { free(argument) } }
            var child: pid_t = 0
            #expect(posix_spawnp(&child, "sleep", nil, nil, &arguments, environ) == 0)
            for number in names(in: "/proc/\(child)/fd") {
                var target = [CChar](repeating: 0, count: 256)
                let count = readlink("/proc/\(child)/fd/\(number)", &target, target.count - 1)
                let path = String(decoding: target.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
                #expect(!path.contains(folder))
            }
            lock.release()
            kill(child, SIGKILL)
            let pid = child
            #expect(try await blocking { waitpid(pid, nil, 0) } == pid)
        }
    }
}
