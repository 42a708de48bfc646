import Core
import Daemon
import Link
import TestKit
import Testing

@testable import capstan

@Suite("What lies in a hub's directory")
struct HubFilesTests {
    /// What init has done when it is broken off.
    private enum Step: Int, CaseIterable { case nothing, database, key, moved }

    private func make(_ setup: HubSetup, upTo step: Step) async throws {
        let files = HubFiles(setup: setup)
        if step.rawValue >= Step.database.rawValue {
            _ = try await setup.initialise(
                key: PeerKey(), operatorKey: PeerKey(), operatorName: "admin", advertised: [], now: 1)
        }
        if step.rawValue >= Step.key.rawValue { try AtomicFile.write("a key", to: setup.keyPath) }
        if step == .moved { try files.takeFresh() }
    }

    @Test("an init that was broken off anywhere is done again, and no hub is started from it", arguments: Step.allCases)
    private func brokenOff(step: Step) async throws {
        try await withFolder { folder in
            let setup = HubSetup(directory: folder)
            let files = HubFiles(setup: setup)
            try await make(setup, upTo: step)
            if step == .moved {
                try files.requireHub()
                #expect(throws: Failure.self) { try files.requireRoom() }
                return
            }
            #expect(throws: Failure.self) { try files.requireHub() }
            try files.requireRoom()
            try files.removeFresh()
            try await make(setup, upTo: .moved)
            try files.requireHub()
        }
    }

    @Test("a hub that has lost its key or its database is neither started nor made anew", arguments: [true, false])
    func half(losesKey: Bool) async throws {
        try await withFolder { folder in
            let setup = HubSetup(directory: folder)
            let files = HubFiles(setup: setup)
            try await make(setup, upTo: .moved)
            try AtomicFile.remove(losesKey ? setup.keyPath : setup.databasePath)
            for look in [files.requireHub, files.requireRoom] {
                let failure = #expect(throws: Failure.self) { try look() }
                #expect(failure?.exit == .refused)
                #expect(failure?.message.contains("missing") == true)
                #expect(failure?.advice?.contains("backup") == true)
            }
        }
    }
}
