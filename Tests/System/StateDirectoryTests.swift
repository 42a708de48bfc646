import Foundation
import Testing

@Suite("state directories on the real binary", .serialized)
struct StateDirectoryTests {
    @Test("an empty one is refused, and a command that refuses a directory leaves no trace in it")
    func refused() async throws {
        try await Fleet.with { fleet in
            for command in [
                ["hub", "init"], ["hub", "serve"], ["hub", "rotate-key"], ["spoke", "run"], ["spoke", "status"],
                ["spoke", "accept-host"], ["spoke", "down"], ["spoke", "rotate-key"], ["token", "list"],
            ] {
                let result = try await fleet.start(command + ["--state-dir", ""]).wait(seconds: 20)
                #expect(result.code == 2, "\(command): \(result.err)")
                #expect(result.err.contains("--state-dir is empty"), "\(command): \(result.err)")
            }
            let typo = fleet.path("typo")
            for verb in ["run", "accept-host"] {
                let result = try await fleet.start(["spoke", verb, "--state-dir", typo]).wait(seconds: 20)
                #expect(result.code == 78, "\(verb): \(result.err)")
                #expect(!FileManager.default.fileExists(atPath: typo))

                let foreign = try await fleet.start(["spoke", verb, "--state-dir", fleet.path("hub")])
                    .wait(seconds: 20)
                #expect(foreign.code == 64, "\(verb): \(foreign.err)")
                let left = try FileManager.default.contentsOfDirectory(atPath: fleet.path("hub"))
                #expect(!left.contains { $0.hasPrefix("spoke") || $0.contains("fingerprint") }, "\(left)")
            }
        }
    }
}
