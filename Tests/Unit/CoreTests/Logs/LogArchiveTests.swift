import CallProtocol
import FoundationEssentials
import Glibc
import Link
import NIOCore
import Operations
import Testing

@testable import Core

@Suite("The hub's copies of logs")
struct LogArchiveTests {
    private func with(_ body: (LogArchive, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/capstan-logs-" + Hex.random(8)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(LogArchive(folder: folder), folder + "/XY/ATTEMPTXY.log")
    }

    private static let attempt = "ATTEMPTXY"

    private func piece(_ offset: Int64, _ text: String, _ kind: LogPiece.Kind = .stdout) -> LogPiece {
        LogPiece(offset: offset, kind: kind, timeUs: 1, data: Data(text.utf8).base64EncodedString())
    }

    private func text(_ archive: LogArchive) async throws -> String {
        var text = ""
        let reader = try await archive.reader(Self.attempt)
        while let pieces = try await reader?.batch(), !pieces.isEmpty {
            for piece in pieces { text += piece.kind == .gap ? "<gap>" : String(buffer: piece.bytes) }
        }
        return text
    }

    @Test("Pieces come back as they went in, and a writer goes on where the last one stopped")
    func resume() async throws {
        try await with { archive, _ in
            do {
                let writer = try await archive.writer(Self.attempt)
                try await writer.append(piece(0, "one "))
                try await writer.append(piece(4, "two ", .stderr))
                try await writer.finish()
                writer.close()
            }
            let writer = try await archive.writer(Self.attempt)
            #expect(writer.size == 8)
            try await writer.append(piece(8, "three"))
            #expect(try await text(archive) == "one two three")
        }
    }

    @Test("Bytes that are there already are left out, whole pieces and parts of them")
    func overlap() async throws {
        try await with { archive, _ in
            let writer = try await archive.writer(Self.attempt)
            try await writer.append(piece(0, "abcdef"))
            try await writer.append(piece(0, "abc"))
            try await writer.append(piece(4, "efgh"))
            try await writer.append(piece(8, "", .gap))
            try await writer.append(piece(8, "", .gap))
            try await writer.append(piece(20, "z"))
            #expect(try await text(archive) == "abcdefgh<gap>z")
            #expect(writer.size == 21)
        }
    }

    @Test("A torn piece is cut off, wherever the crash came")
    func torn() async throws {
        try await with { archive, path in
            do {
                let writer = try await archive.writer(Self.attempt)
                try await writer.append(piece(0, "whole"))
                try await writer.append(piece(5, "torn"))
                writer.close()
            }
            for length in stride(from: 26 + 24, through: 26, by: -1) {
                #expect(truncate(path, off_t(length)) == 0)
                #expect(try await text(archive) == "whole")
                let writer = try await archive.writer(Self.attempt)
                #expect(writer.size == 5)
                try await writer.append(piece(5, "torn"))
                #expect(try await text(archive) == "wholetorn")
                writer.close()
            }
        }
    }

    @Test("A log has one writer at a time: the next one waits until it is closed")
    func oneWriter() async throws {
        try await with { archive, _ in
            let writer = try await archive.writer(Self.attempt)
            try await writer.append(piece(0, "x"))
            let second = Task { try await archive.writer(Self.attempt).size }
            let third = Task { _ = try await archive.writer(Self.attempt) }
            third.cancel()
            await #expect(throws: CancellationError.self) { try await third.value }
            try await writer.append(piece(1, "y"))
            writer.close()
            writer.close()
            #expect(try await second.value == 2)
            await #expect(throws: CallError.self) { try await writer.append(piece(2, "z")) }
            #expect(try await text(archive) == "xy")
        }
    }

    @Test("What is read at once is bounded")
    func batches() async throws {
        try await with { archive, _ in
            let writer = try await archive.writer(Self.attempt)
            for number in 0..<5 { try await writer.append(piece(Int64(number), "x")) }
            let reader = try #require(try await archive.reader(Self.attempt))
            var sizes: [Int] = []
            while true {
                let pieces = try await reader.batch(40)
                guard !pieces.isEmpty else { break }
                sizes.append(pieces.count)
            }
            #expect(sizes == [2, 2, 1])
        }
    }

    @Test("A piece larger than one may be is kept as several")
    func large() async throws {
        try await with { archive, _ in
            let writer = try await archive.writer(Self.attempt)
            let large = String(repeating: "0123456789", count: 250_000)
            try await writer.append(piece(0, large))
            #expect(writer.size == 2_500_000)
            #expect(try await text(archive) == large)
        }
    }

    @Test("What cannot be written or read is an error and no end of the log")
    func failures() async throws {
        try await with { archive, path in
            #expect(try await archive.reader(Self.attempt) == nil)
            let writer = try await archive.writer(Self.attempt)
            await #expect(throws: CallError.self) {
                try await writer.append(LogPiece(offset: 0, kind: .stdout, timeUs: 0, data: "no base64!"))
            }
            #expect(writer.size == 0)
            #expect(throws: CallError.self) { _ = try LogArchiveReader(path: path + "/x") }
        }
    }
}
