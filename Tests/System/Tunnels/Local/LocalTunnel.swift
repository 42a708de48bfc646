import Foundation
import TestKit
import Testing

/// One of a fleet's own machine's tunnels that run by themselves.
struct LocalTunnel {
    let fleet: Fleet
    let name: String

    /// Where it keeps its files.
    var folder: URL { fleet.folder.appendingPathComponent(".local/state/capstan/tunnels/\(name)") }

    func run(_ verb: String, _ more: String...) async throws -> Program.Result {
        try await fleet.start(["tunnel", verb, "--name", name] + more).wait()
    }

    /// What `status` tells.
    func status() async throws -> [String: Any] {
        try #require(try await run("status", "-o", "json").json() as? [String: Any])
    }

    func isRunning() async throws -> Bool { try await run("status").code == 0 }

    func waitUntilRunning() async throws {
        try await until("\(name) runs") { try await isRunning() }
    }

    var pid: Int32 {
        get async throws { try #require(try await status()["pid"] as? Int32) }
    }

    var url: String {
        get async throws { try #require(try await status()["url"] as? String) }
    }

    /// The port of its address.
    var port: Int {
        get async throws { try #require(Int(try await url.split(separator: ":").last ?? "")) }
    }

    /// The messages of its log, in order.
    func messages() throws -> [String] {
        try String(contentsOf: folder.appendingPathComponent("tunnel.log"), encoding: .utf8).split(separator: "\n").map
        {
            let line = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            return try #require(line?["msg"] as? String)
        }
    }
}

extension EchoServer {
    /// Whether what is sent to a port comes back.
    static func answers(at port: Int) async -> Bool {
        (try? await blocking { () throws -> [UInt8] in
            let client = try TCPSocket.connected(to: port)
            try client.send([7])
            client.finish()
            return try client.receiveToEnd()
        }) == [7]
    }
}
