import CallProtocol
import Foundation
import Operations
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct AttemptLogsTests {
    @Test("The log of an ended attempt has both outputs in recorded order, then the end")
    func complete() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                // Each step waits until the one before was recorded: then the order is the program's, not the pipes'.
                func step(_ number: Int) -> String { "until [ -e \(folder)/\(number) ]; do sleep 0.02; done" }
                try await spoke.start("A1", script("echo one; \(step(1)); echo two >&2; \(step(2)); echo three"))
                for (number, length) in [(1, 4), (2, 8)] {
                    try await eventually {
                        try await spoke.logs("A1").compactMap { Data(base64Encoded: $0.data)?.count }.reduce(0, +)
                            == length
                    }
                    try touch("\(folder)/\(number)")
                }
                _ = try await spoke.ended("A1")
                let pieces = try await spoke.logs("A1")
                #expect(pieces.map(\.kind) == [.stdout, .stderr, .stdout, .end])
                #expect(pieces.map(\.offset) == [0, 4, 8, 14])
                #expect(text(pieces) == "one\nthree\n")
                #expect(text(try await spoke.logs("A1", offset: 5), .stderr) == "wo\n")
                #expect(try await spoke.logs("A1", offset: 14).map(\.kind) == [.end])
            }
        }
    }

    @Test("Followed from its very start a log comes as it is written, and ends with the attempt")
    func follow() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start(
                    "A1", script("echo begun; while [ ! -e \(folder)/go ]; do sleep 0.02; done; echo done"))
                let pieces = try spoke.client.subscribe(
                    AttemptOperations.logs, AttemptLogsInput(attempt: "A1", follow: true))
                let first = try #require(try await pieces.next())
                #expect(text([first]) == "begun\n")
                try touch(folder + "/go")
                var rest: [LogPiece] = []
                while let piece = try await pieces.next() { rest.append(piece) }
                #expect(text(rest) == "done\n")
                #expect(rest.last?.kind == .end)
            }
        }
    }

    @Test("Without follow the log of a running attempt is what is there, without an end")
    func snapshot() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("echo begun; exec sleep 600"))
                try await eventually { text(try await spoke.logs("A1")) == "begun\n" }
                #expect(try await spoke.logs("A1").last?.kind == .stdout)
            }
        }
    }

    @Test("A log of many megabytes comes whole, in pieces of 64 KiB at most")
    func large() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start("A1", script("head -c 10000000 /dev/zero"))
                _ = try await spoke.ended("A1")
                var next: Int64 = 0
                for piece in try await spoke.logs("A1") {
                    #expect(piece.offset == next)
                    let count = Data(base64Encoded: piece.data)?.count ?? 0
                    #expect(count <= 65_536)
                    next += Int64(count)
                }
                #expect(next == 10_000_000)
            }
        }
    }

    @Test("What is over the limit is left out, and the attempt says so")
    func truncated() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                var spec = script("head -c 5000 /dev/zero")
                spec.logLimitBytes = 1000
                try await spoke.start("A1", spec)
                let ended = try await spoke.ended("A1")
                #expect(ended.logTruncated)
                #expect(ended.logBytes == 1000)
            }
        }
    }

    @Test(
        "What a full disk did not take at the very end is told as missing, though the recording had no room to say so")
    func silentEnd() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                try await spoke.start(
                    "A1", script("echo one; until [ -e \(folder)/go ]; do sleep 0.02; done; echo two"))
                try await eventually { text(try await spoke.logs("A1")) == "one\n" }
                try touch(folder + "/go")
                _ = try await spoke.ended("A1")
                // As a supervisor leaves it that could write neither the second line nor the record of a gap.
                let session = folder + "/sessions/A1/"
                let exit = try String(contentsOfFile: session + "exit", encoding: .utf8)
                    .replacing("recordedBytes=8", with: "recordedBytes=4").replacing("gapBytes=0", with: "gapBytes=4")
                try exit.write(toFile: session + "exit", atomically: true, encoding: .utf8)
                #expect(truncate(session + "recording", 21 + 4 + 4) == 0)
                let pieces = try await spoke.logs("A1")
                #expect(pieces.map(\.kind) == [.stdout, .gap, .end])
                #expect(pieces.map(\.offset) == [0, 4, 8])
                #expect(try await spoke.logs("A1", offset: 4).map(\.kind) == [.gap, .end])
                #expect(try await spoke.logs("A1", offset: 8).map(\.kind) == [.end])
            }
        }
    }

    @Test("A log of nobody is not found")
    func unknown() async throws {
        try await withFolder { folder in
            try await withSpoke(folder) { spoke in
                #expect(await refusal { try await spoke.logs("A1") }?.code == .notFound)
            }
        }
    }
}
