import Foundation
import Testing

@Suite("a spoke whose files are damaged, on the real binary", .serialized)
struct DamageTests {
    @Test("a damaged journal, identity or key is refused as such, with what to do")
    func refused() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            #expect(await fleet.stopSpoke("one")?.code == 0)
            for file in ["spoke.db", "identity.json", "key.pem"] {
                let path = fleet.path("one") + "/" + file
                let whole = try Data(contentsOf: URL(fileURLWithPath: path))
                try Data(repeating: 0x78, count: 4_096).write(to: URL(fileURLWithPath: path))
                let refused = try await fleet.run("spoke", "run", "--state-dir", fleet.path("one"))
                #expect(refused.code == 65, "\(file): \(refused.err)")
                #expect(refused.err.contains(file))
                let log = try String(contentsOfFile: fleet.path("one") + "/spoke.log", encoding: .utf8)
                let last = try #require(log.split(separator: "\n").last { $0.contains("ended by an error") })
                #expect(last.contains(file))
                #expect(last.contains(#""exit":65"#))
                try whole.write(to: URL(fileURLWithPath: path))
            }
        }
    }

    @Test("the cause of a hub's end, and that an earlier one was killed, stand in its log")
    func hubLog() async throws {
        try await Fleet.with { fleet in
            try await fleet.killHub()
            let database = fleet.path("hub") + "/hub.db"
            // Without them there is no second copy of what is overwritten.
            for beside in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database + beside) }
            try Data(repeating: 0x78, count: 4_096).write(to: URL(fileURLWithPath: database))
            let refused = try await fleet.run(
                "hub", "serve", "--state-dir", fleet.path("hub"), "--listen", "127.0.0.1:0")
            #expect(refused.code == 65, "\(refused.err)")
            let log = try String(contentsOfFile: fleet.path("hub") + "/hub.log", encoding: .utf8)
            #expect(log.contains("lock taken over"))
            #expect(log.split(separator: "\n").last { $0.contains("ended by an error") }?.contains("hub.db") == true)
        }
    }
}
