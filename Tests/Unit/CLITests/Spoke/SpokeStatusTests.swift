import ArgumentParser
import Daemon
import TestKit
import Testing

@testable import capstan

@Suite("spoke status")
struct SpokeStatusTests {
    @Test("where no spoke runs, exit code 69 comes with a sentence and what to do")
    func stopped() async throws {
        try await withFolder { folder in
            let command = try SpokeStatus.parse(["--state-dir", folder])
            let failure = await #expect(throws: Failure.self) { try await command.run() }
            #expect(failure?.exit == .unavailable)
            #expect(failure?.message == "no spoke runs from \(folder)")
            #expect(failure?.advice?.contains("capstan spoke run") == true)
        }
    }
}
