import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("The limit of descriptors", .serialized, .timeLimit(.minutes(1)))
struct DescriptorLimitTests {
    /// Raised in this process, as a daemon does at its start, if there is anything to raise.
    private static let found: rlim_t = {
        var limit = get()
        if limit.rlim_cur == limit.rlim_max || limit.rlim_cur > 4096 {
            limit.rlim_cur = 1024
            _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        DescriptorLimit.raise()
        DescriptorLimit.raise()
        return limit.rlim_cur
    }()

    private static func get() -> rlimit {
        var limit = rlimit()
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }

    @Test("that was raised for ourselves is for our programs what it was")
    func quick() async throws {
        let found = Self.found
        #expect(text(try await readAll(ChildProcess.start(shell("ulimit -Sn")))) == "\(found)\n")
        // Others may just be starting something.
        try await eventually { Self.get().rlim_cur == Self.get().rlim_max }
        #expect(Self.get().rlim_max > found)
    }

    @Test("is what it was for programs under a supervisor")
    func supervised() async throws {
        let found = Self.found
        try await withFolder { folder in
            _ = try await supervise("ulimit -Sn", folder + "/s")
            _ = try await ended(folder + "/s")
            #expect(text(try output(folder + "/s")) == "\(found)\n")
        }
    }

    @Test("is what it was for programs also when we have more open than they may")
    func many() async throws {
        let found = Self.found
        let all = (0..<Int32(found)).map { _ in dup(1) }
        defer { for fd in all { close(fd) } }
        let process = try ChildProcess.start(shell("read x; ulimit -Sn"))
        try await process.write(Array("\n".utf8))
        #expect(text(try await readAll(process)) == "\(found)\n")
    }
}
