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
                try whole.write(to: URL(fileURLWithPath: path))
            }
        }
    }
}
