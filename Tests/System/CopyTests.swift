import Daemon
import Foundation
import TestKit
import Testing

@testable import capstan

@Suite("Copies on the real binary", .serialized)
struct CopyTests {
    /// A tree of small and large files.
    private func makeTree(_ path: String, _ random: inout SeededRandom) throws {
        try FileManager.default.createDirectory(atPath: path + "/many", withIntermediateDirectories: true)
        for number in 0..<200 {
            let content = Data((0..<Int.random(in: 0...20_000, using: &random)).map { UInt8(truncatingIfNeeded: $0) })
            try content.write(to: URL(filePath: path + "/many/\(number)"))
        }
        let block = Data((0..<65_536).map { _ in UInt8.random(in: 0...255, using: &random) })
        for name in ["large", "larger"] {
            let file = try #require(fopen(path + "/" + name, "w"))
            for number in 0..<640 {
                var block = block
                block[0] = UInt8(truncatingIfNeeded: number)
                _ = block.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
            }
            fclose(file)
        }
    }

    private func isSame(_ one: String, _ other: String) async throws -> Bool {
        let diff = Process()
        diff.executableURL = URL(filePath: "/usr/bin/diff")
        diff.arguments = ["-r", one, other]
        try diff.run()
        diff.waitUntilExit()
        return diff.terminationStatus == 0
    }

    @Test("go on by themselves when the links are cut, there and back, and every byte is what it was")
    func cut() async throws {
        let seed = UInt64.random(in: 1...1_000_000)
        print("seed \(seed)")
        try await Proxied.with(spokes: 1, seed: seed) { proxied in
            var random = SeededRandom(seed: seed)
            let fleet = proxied.fleet
            try makeTree(fleet.path("src"), &random)
            for (source, target) in [
                (fleet.path("src"), "s0:" + fleet.path("there")), ("s0:" + fleet.path("there"), fleet.path("back")),
            ] {
                let copy = try fleet.start(
                    ["copy", source, target, "-o", "json"], environment: proxied.proxiedEnvironment)
                let place = fleet.path(target.hasPrefix("s0:") ? "there" : "back")
                try await until("its beginning") { FileManager.default.fileExists(atPath: place) || !copy.isRunning }
                var cuts = 0
                while copy.isRunning, cuts < 12 {
                    try await ContinuousClock().sleep(for: .milliseconds(Int.random(in: 30...150, using: &random)))
                    // One time in four the spoke's own.
                    await proxied.lines[cuts % 4 == 3 ? 0 : 1].cut(Bool.random(using: &random) ? .reset : .finish)
                    cuts += 1
                }
                let result = await copy.wait()
                #expect(result.code == 0, "\(result.err), seed \(seed)")
            }
            #expect(try await isSame(fleet.path("src"), fleet.path("there")), "seed \(seed)")
            #expect(try await isSame(fleet.path("src"), fleet.path("back")), "seed \(seed)")
        }
    }

    @Test("that were killed, or whose spoke was, are gone on with by the same command", arguments: ["there", "back"])
    func killed(_ direction: String) async throws {
        try await Fleet.with(spokes: ["one"]) { fleet in
            var random = SeededRandom(seed: 5)
            try makeTree(fleet.path("src"), &random)
            let isThere = direction == "there"
            let (source, target) = (fleet.path("src"), fleet.path("dst"))
            let command =
                ["copy"] + (isThere ? [source, "one:" + target] : ["one:" + source, target]) + ["-o", "json"]
            func part() -> Int {
                let all = FileManager.default.enumerator(atPath: target)?.compactMap { $0 as? String } ?? []
                guard let name = all.first(where: { $0.hasSuffix(".part") }) else { return 0 }
                let attributes = try? FileManager.default.attributesOfItem(atPath: target + "/" + name)
                return attributes?[.size] as? Int ?? 0
            }
            let first = try fleet.start(command)
            try await until("a part of it") { part() > 8 << 20 || !first.isRunning }
            first.signal(SIGKILL)
            _ = await first.wait()
            let second = try fleet.start(command)
            try await until("a part of it") { part() > 16 << 20 || !second.isRunning }
            if isThere {
                try await fleet.killSpoke("one")
                second.signal(SIGKILL)
                _ = await second.wait()
                try await fleet.startSpoke("one")
            } else {
                second.signal(SIGINT)
                let interrupted = await second.wait()
                #expect(interrupted.code == 130 && interrupted.err.contains("goes on where it was"))
            }
            let last = await (try fleet.start(command)).wait()
            #expect(last.code == 0, "\(last.err)")
            let told = try #require(try last.json() as? [String: Any])
            #expect(try #require(told["resumed"] as? Int) > 0)
            #expect(try await isSame(fleet.path("src"), target))
            let left = FileManager.default.enumerator(atPath: target)?.compactMap { $0 as? String } ?? []
            #expect(!left.contains { $0.hasSuffix(".part") })
        }
    }

    @Test("go from one node to another, say what is wrong with words and code, and tell of disks that are full")
    func tour() async throws {
        try await Fleet.with(spokes: ["one", "two"]) { fleet in
            let source = fleet.path("src")
            try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
            try Data("hello".utf8).write(to: URL(filePath: source + "/f"))
            let over = try await fleet.run("copy", "one:" + source, "two:" + fleet.path("dst"))
            #expect(over.code == 0 && over.err.contains("2 files and folders, 5 B"), "\(over.err)")
            #expect(try await isSame(source, fleet.path("dst")))
            let wrong: [([String], Int32, String)] = [
                (["one:/no/such", fleet.path("x")], 2, "no such file or directory: /no/such"),
                ([source, "one:/no/such/place"], 2, "no folder /no/such"),
                ([source, "one:" + source + "/f"], 64, "is a file, not a folder"),
                ([source, "nobody:/x"], 2, "no node `nobody`"),
                ([source, fleet.path("y")], 2, "are both here"),
            ]
            for (places, code, words) in wrong {
                let refused = await (try fleet.start(["copy"] + places)).wait()
                #expect(
                    refused.code == code && refused.err.contains(words), "\(places): \(refused.code) \(refused.err)")
            }
        }
    }
}
