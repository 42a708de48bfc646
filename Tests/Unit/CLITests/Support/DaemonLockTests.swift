import Daemon
import Foundation
import TestKit
import Testing

@testable import capstan

@Suite("The lock of a hub or a spoke")
struct DaemonLockTests {
    private func withDirectory(_ body: (StateDirectory) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        let directory = StateDirectory(path: path)
        try directory.create()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(directory)
    }

    @Test("is waited for while a change of the key holds it")
    func waits() async throws {
        try await withDirectory { directory in
            let changing = try SingletonLock(path: directory.file("rotate.lock"))
            let held = try SingletonLock(path: directory.file("spoke.lock"))
            async let taken = DaemonLock.take("spoke.lock", in: directory)
            try await Task.sleep(for: .milliseconds(100))
            held.release()
            changing.release()
            try await taken.release()
        }
    }

    @Test("is refused at once where another spoke holds it, also while that one's key is changed")
    func refuses() async throws {
        try await withDirectory { directory in
            let running = try SingletonLock(path: directory.file("spoke.lock"))
            defer { running.release() }
            await #expect(throws: SingletonLock.AlreadyRunning.self) {
                _ = try await DaemonLock.take("spoke.lock", in: directory)
            }
            // The command that asks a running spoke to change its key holds the one lock and not the other.
            try Data("1\n".utf8).write(to: URL(filePath: directory.file("spoke.lock")))
            let changing = try SingletonLock(path: directory.file("rotate.lock"))
            defer { changing.release() }
            await #expect(throws: SingletonLock.AlreadyRunning.self) {
                _ = try await DaemonLock.take("spoke.lock", in: directory)
            }
        }
    }
}
