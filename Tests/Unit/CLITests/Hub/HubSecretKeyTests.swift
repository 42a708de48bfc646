import Core
import Daemon
import Glibc
import TestKit
import Testing

@testable import capstan

@Suite("The key of variables on disk")
struct HubSecretKeyTests {
    @Test("The first load makes it, later ones find it, and a damaged one is refused")
    func kept() async throws {
        try await withFolder { folder in
            let setup = HubSetup(directory: folder)
            let file = HubSecretKey(setup: setup) { Issue.record("\($0)") }
            let made = try file.load()
            #expect(made.isNew && made.key.count == HubConfiguration.secretKeyLength)
            let found = try file.load()
            #expect(!found.isNew && found.key == made.key)
            try AtomicFile.write("short", to: setup.secretKeyPath)
            let refusal = #expect(throws: Failure.self) { try file.load() }
            #expect(refusal?.message.contains(setup.secretKeyPath) == true)
        }
    }

    @Test("Its loss is told only where something was sealed with it")
    func loss() {
        #expect(HubSecretKey.loss(of: 0, path: "/s") == nil)
        #expect(HubSecretKey.loss(of: 1, path: "/s")?.contains("of 1 workload that has not ended") == true)
        #expect(HubSecretKey.loss(of: 3, path: "/s")?.contains("of 3 workloads that have not ended") == true)
    }
}
