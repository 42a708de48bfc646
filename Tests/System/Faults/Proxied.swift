import Daemon
import Foundation
import Link
import NIOPosix
import Testing

@testable import capstan

/// A fleet whose spokes `s0`, `s1` … reach the hub through a proxy each, and whose operator does through one more.
final class Proxied: Sendable {
    let fleet: Fleet
    /// Those of the spokes in their order, and the operator's.
    let lines: [FaultProxy]
    let names: [String]
    /// Asks the hub through the operator's proxy.
    let operatorsLink: HubConnector
    /// Asks the hub where it is.
    let direct: HubConnector

    private init(fleet: Fleet, lines: [FaultProxy], names: [String]) throws {
        self.fleet = fleet
        self.lines = lines
        self.names = names
        var context = try ContextStore(directory: StateDirectory(path: fleet.path("config"))).choose(
            nil, environment: [:])
        direct = HubConnector(context, group: MultiThreadedEventLoopGroup.singleton)
        context.hub = [HostPort(host: "127.0.0.1", port: lines[lines.count - 1].port)]
        operatorsLink = HubConnector(context, group: MultiThreadedEventLoopGroup.singleton)
    }

    /// Runs `body` when all spokes are connected; ends everything whatever happens.
    static func with(
        spokes count: Int, seed: UInt64 = 1, disks: [String: Int] = [:], clocks: [String] = [],
        _ body: (Proxied) async throws -> Void
    ) async throws {
        let names = (0..<count).map { "s\($0)" }
        var lines: [FaultProxy] = []
        do {
            try await Fleet.with(spokes: names, disks: disks, clocks: clocks) { fleet in
                for number in 0...count {
                    lines.append(try await FaultProxy.start(to: fleet.port, seed: seed &+ UInt64(number) &* 1_000_000))
                }
                for (name, line) in zip(names, lines) { try fleet.redirect(fleet.path(name) + "/identity.json", line) }
                try fleet.copyContexts(through: lines[count])
            } _: { fleet in
                let proxied = try Proxied(fleet: fleet, lines: lines, names: names)
                let result: Result<Void, any Error>
                do { result = .success(try await body(proxied)) } catch { result = .failure(error) }
                await proxied.operatorsLink.close()
                await proxied.direct.close()
                try result.get()
            }
        } catch {
            for line in lines { await line.close() }
            throw error
        }
        for line in lines { await line.close() }
    }

    /// The environment of a command line that goes through the operator's proxy.
    var proxiedEnvironment: [String: String] { ["CAPSTAN_CONFIG_DIR": fleet.path("proxied-config")] }

    /// The processes of the hub and the spokes that run.
    var daemons: [(name: String, program: Program)] {
        let all = [("hub", fleet.hub)] + names.map { ($0, fleet.spokes[$0]) }
        return all.compactMap { name, program in program.map { (name, $0) } }
    }
}

extension Fleet {
    /// Makes a file lead to a proxy that led to the hub.
    fileprivate func redirect(_ path: String, _ line: FaultProxy) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains("127.0.0.1:\(port)"))
        try text.replacingOccurrences(of: "127.0.0.1:\(port)", with: "127.0.0.1:\(line.port)")
            .write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// A second configuration, whose contexts lead to a proxy.
    fileprivate func copyContexts(through line: FaultProxy) throws {
        let copy = path("proxied-config")
        try FileManager.default.copyItem(atPath: path("config"), toPath: copy)
        let folder = copy + "/contexts/"
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".json") {
            try redirect(folder + file, line)
        }
    }
}
