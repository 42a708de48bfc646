import Foundation
import TestKit
import Testing

@testable import capstan

@Suite("capstan forward on the real binary", .serialized)
struct ForwardTests {
    /// Starts a forward and returns its port here.
    private func start(
        _ fleet: Fleet, _ target: Int, _ body: (Program, Int) async throws -> Void
    ) async throws {
        let forward = try fleet.start(["forward", "one", "0:127.0.0.1:\(target)", "-o", "json"])
        try await until("its port") { forward.outputSoFar.contains("\n") || !forward.isRunning }
        let line = try #require(
            try JSONSerialization.jsonObject(with: Data(forward.outputSoFar.utf8)) as? [String: String],
            "\(forward.errorsSoFar)")
        #expect(line["msg"] == "forward_ready" && line["node"] == "one" && line["target"] == "127.0.0.1:\(target)")
        let port = try #require(line["listen"].flatMap { Int($0.split(separator: ":")[1]) })
        try await body(forward, port)
        forward.signal(SIGINT)
        let result = await forward.wait(seconds: 10)
        #expect(result.code == 0, "\(result.err)")
        #expect(throws: TCPSocket.Failure(call: "connect", code: ECONNREFUSED)) { try TCPSocket.connected(to: port) }
    }

    @Test("carries a git clone, the answer after a half-close, and 300 connections at once; Ctrl-C ends it cleanly")
    func real() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await EchoServer.with { server in
                try await start(fleet, server.port) { forward, port in
                    try await blocking {
                        let sent = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                        let client = try TCPSocket.connected(to: port)
                        let sending = Thread {
                            try? client.send(sent); client.finish()
                        }
                        sending.start()
                        #expect(try client.receiveToEnd() == sent)
                    }
                    try await blocking {
                        // More than the hub takes on one link.
                        let clients = try (0..<300).map { _ in try TCPSocket.connected(to: port) }
                        for (number, client) in clients.enumerated() { try client.send([UInt8(number % 251), 1]) }
                        for (number, client) in clients.enumerated() {
                            #expect(try client.receive(exactly: 2) == [UInt8(number % 251), 1])
                        }
                        for client in clients { client.finish() }
                        for client in clients { #expect(try client.receiveToEnd() == []) }
                    }
                    #expect(forward.errorsSoFar == "")
                }
            }
            try await clone(fleet)
        }
    }

    private func clone(_ fleet: Fleet) async throws {
        let source = fleet.path("repos/source")
        let made = try await fleet.shell(
            """
            mkdir -p \(source) && cd \(source) && git init -q && head -c 3000000 /dev/urandom > big && git add big && \
            git -c user.name=n -c user.email=e commit -qm first
            """
        ).wait()
        #expect(made.code == 0, "\(made.err)")
        let free = try LoopbackPorts.free()
        let daemon = try Program(
            // `git daemon` would leave this one behind when it is ended.
            "/usr/lib/git-core/git-daemon",
            [
                "--listen=127.0.0.1", "--port=\(free)", "--base-path=\(fleet.path("repos"))", "--export-all",
                "--reuseaddr",
            ], environment: fleet.environment, folder: fleet.folder)
        defer { daemon.signal(SIGKILL) }
        try await until("the git daemon") { (try? TCPSocket.connected(to: free)) != nil }
        try await start(fleet, free) { _, port in
            let cloned = try await fleet.shell(
                "git clone -q git://127.0.0.1:\(port)/source \(fleet.path("cloned")) && cmp \(source)/big \(fleet.path("cloned"))/big"
            ).wait()
            #expect(cloned.code == 0, "\(cloned.err)")
        }
    }

    @Test("a lost hub resets what is open; what comes then is reset too, until the hub is back")
    func lost() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            try await EchoServer.with { server in
                try await start(fleet, server.port) { forward, port in
                    let open = try await blocking {
                        let open = try TCPSocket.connected(to: port)
                        try open.send([1])
                        #expect(try open.receive() == [1])
                        return open
                    }
                    try await fleet.killHub()
                    #expect(await refusal { try open.receive() })
                    #expect(await refusal { try TCPSocket.connected(to: port).receive() })
                    try await until("the reason") { forward.errorsSoFar.contains("cannot reach 127.0.0.1:") }
                    try await fleet.startHub()
                    try await until("the way back") {
                        (try? await blocking { () throws -> [UInt8] in
                            let client = try TCPSocket.connected(to: port)
                            try client.send([9])
                            return try client.receive()
                        }) == [9]
                    }
                    #expect(forward.errorsSoFar.contains("come through again"))
                }
            }
        }
    }

    /// Whether it ends with a reset.
    private func refusal(_ body: @escaping @Sendable () throws -> [UInt8]) async -> Bool {
        do { _ = try await blocking(body) } catch let failure as TCPSocket.Failure {
            return failure.code == ECONNRESET
        } catch {}
        return false
    }

    @Test("nothing at the other end is said at once and with each change, and resets who connects")
    func nothingThere() async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            let free = try LoopbackPorts.free()
            try await start(fleet, free) { forward, port in
                let reason = "one: cannot connect to 127.0.0.1:\(free): Connection refused\n"
                #expect(forward.errorsSoFar == reason)
                #expect(await refusal { try TCPSocket.connected(to: port).receive() })
                #expect(await refusal { try TCPSocket.connected(to: port).receive() })
                #expect(forward.errorsSoFar == reason)
                let server = try TCPSocket.listening(port: free)
                try await blocking {
                    let client = try TCPSocket.connected(to: port)
                    try server.accept().send([4])
                    #expect(try client.receive() == [4])
                }
                try await until("the good news") { forward.errorsSoFar.contains("come through again") }
            }
            let taken = try TCPSocket.listening()
            for (rule, code, words) in [
                ("x:80", 2, "is no port"), ("80:[::1:90", 2, "bracket"), ("1:2:3:4:5", 2, "5 parts"),
                ("80:a:0", 2, "port 0"),
                ("\(taken.port):\(free)", 64, "Address already in use"),
            ] {
                let refused = try await fleet.run("forward", "one", rule)
                #expect(refused.code == code && refused.err.contains(words), "\(rule): \(refused.code) \(refused.err)")
            }
            #expect(try await fleet.run("forward", "nobody", "8080").code == 2)
            try await fleet.killSpoke("one")
            #expect(try await fleet.run("forward", "one", "0:\(free)").code == 69)
        }
    }
}
