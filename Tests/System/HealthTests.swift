import Foundation
import TestKit
import Testing

/// What a load balancer or a person asks the hub's HTTP listener, with a client that is not ours.
@Suite(
    "curl asks the hub how it does", .serialized,
    .enabled(if: FileManager.default.isExecutableFile(atPath: Curl.path), "curl is not installed"))
struct HealthTests {
    @Test("a hub that lives and is ready says so in HTTP/1.1, and keeps the connection for the next question")
    func keepAlive() async throws {
        try await Fleet.with { fleet in
            let address = try fleet.httpAddress()
            let both = try await Curl.ask(
                fleet, "-i", "-w", "[%{response_code} %{num_connects}]\n", "http://\(address)/healthz",
                "http://\(address)/readyz")
            #expect(both.code == 0, "\(both.err)")
            let lines = both.text.split(whereSeparator: \.isNewline).map(String.init)
            #expect(lines.count { $0 == "HTTP/1.1 200 OK" } == 2)
            #expect(lines.contains("ok") && lines.contains("ready"))
            // The first opened a connection, the second none.
            #expect(lines.filter { $0.hasPrefix("[") } == ["[200 1]", "[200 0]"])
        }
    }

    @Test("an unknown path is 404, and a question for the head alone gets no body")
    func paths() async throws {
        try await Fleet.with { fleet in
            let address = try fleet.httpAddress()
            let unknown = try await Curl.ask(fleet, "-w", "%{response_code}", "http://\(address)/nowhere")
            #expect(unknown.text.hasSuffix("404"))
            let head = try await Curl.ask(fleet, "-I", "http://\(address)/healthz")
            #expect(head.code == 0, "\(head.err)")
            #expect(head.text.hasPrefix("HTTP/1.1 200 "))
            #expect(!head.text.contains("ok\n"))
        }
    }

    @Test("what is no HTTP is refused with 400, and costs nobody else anything")
    func malformed() async throws {
        try await Fleet.with { fleet in
            let address = try fleet.httpAddress()
            let nonsense = fleet.folder.appendingPathComponent("nonsense")
            try Data("this is : no request\r\n\r\n".utf8).write(to: nonsense)
            let refused = try await Curl.ask(fleet, input: nonsense, "telnet://\(address)")
            #expect(refused.text.hasPrefix("HTTP/1.1 400 "), "\(refused.text) \(refused.err)")
            let after = try await Curl.ask(fleet, "http://\(address)/healthz")
            #expect(after.text == "ok\n")
        }
    }
}

/// `curl` as a client that is not ours.
enum Curl {
    static let path = "/usr/bin/curl"

    static func ask(_ fleet: Fleet, input: URL? = nil, _ arguments: String...) async throws -> Program.Result {
        try await Program(
            path, ["-sS", "--max-time", "30", "--noproxy", "*"] + arguments, environment: fleet.environment,
            folder: fleet.folder, input: input
        ).wait()
    }
}

extension Fleet {
    /// Where the hub serves HTTP, as its first line says.
    func httpAddress() throws -> String {
        let line = try #require(hub?.outputSoFar.split(separator: "\n").first)
        let started = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        return try #require(started["http"] as? String)
    }
}
