import Foundation
import Testing

@Suite("keys readable by others, on the real binary", .serialized)
struct KeyModeTests {
    @Test("a hub takes its own back when it starts, and its log says so")
    func hub() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            fleet.hub?.signal(SIGTERM)
            _ = await fleet.hub?.wait(seconds: 20)
            let key = fleet.path("hub") + "/hub-key.pem"
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
            try await fleet.startHub()
            let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let log = try String(contentsOfFile: fleet.path("hub") + "/hub.log", encoding: .utf8)
            #expect(log.contains("could be read by others"))
        }
    }
}
