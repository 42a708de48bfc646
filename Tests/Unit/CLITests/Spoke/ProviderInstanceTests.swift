import Daemon
import FoundationEssentials
import Testing

@testable import capstan

@Suite("Which rented machine this is")
struct ProviderInstanceTests {
    @Test(
        "the flag is heard before the environment, and ours before a provider's",
        arguments: [
            ("f", ["CAPSTAN_INSTANCE": "o", "RUNPOD_POD_ID": "r"], "f"),
            (nil, ["CAPSTAN_INSTANCE": "o", "RUNPOD_POD_ID": "r"], "o"),
            (nil, ["CAPSTAN_INSTANCE": "", "RUNPOD_POD_ID": "r"], "r"),
            (nil, ["CONTAINER_ID": "12", "VAST_CONTAINERLABEL": "C.12"], "12"),
            (nil, ["VAST_CONTAINERLABEL": "C.12"], "12"),
            (nil, ["CONTAINER_ID": "d0cker"], nil),
            (nil, ["RUNPOD_POD_ID": "two words"], nil),
            (nil, [:], nil),
        ] as [(String?, [String: String], String?)])
    func said(flag: String?, environment: [String: String], instance: String?) throws {
        let said = try ProviderInstance.said(flag: flag, environment: environment)
        #expect(said == instance)
    }

    @Test("what a person says must be an id", arguments: ["", "two words", String(repeating: "x", count: 129)])
    func misuse(text: String) {
        #expect(throws: Failure.self) { try ProviderInstance.said(flag: text, environment: [:]) }
    }

    @Test("it is remembered for a start that is told nothing, and replaced by one that is told something else")
    func kept() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "capstan-rent-\(UUID().uuidString)").path
        let directory = StateDirectory(path: path)
        try directory.create()
        defer { try? FileManager.default.removeItem(atPath: path) }
        func resolve(_ flag: String?) throws -> String? {
            try ProviderInstance.resolve(flag: flag, environment: [:], directory: directory)
        }
        #expect(try resolve(nil) == nil)
        #expect(try resolve("i-7") == "i-7")
        #expect(try resolve(nil) == "i-7")
        #expect(try resolve("i-8") == "i-8")
        #expect(try resolve(nil) == "i-8")
    }
}
