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

    private func text(_ archive: LogArchive) throws -> String {
        var text = ""
        let reader = try archive.reader(Self.attempt)
        while let piece = try reader?.next() { text += piece.kind == .gap ? "<gap>" : String(buffer: piece.bytes) }
        return text
    }

    @Test("Pieces come back as they went in, and a writer goes on where the last one stopped")
    func resume() async throws {
        try await with { archive, _ in
            do {
                let writer = try await archive.writer(Self.attempt)
                try writer.append(piece(0, "one "))
                try writer.append(piece(4, "two ", .stderr))
                try await writer.finish()
            }
            let writer = try await archive.writer(Self.attempt)
            #expect(writer.size == 8)
            try writer.append(piece(8, "three"))
            #expect(try text(archive) == "one two three")
        }
    }

    @Test("Bytes that are there already are left out, whole pieces and parts of them")
    func overlap() async throws {
        try await with { archive, _ in
            let writer = try await archive.writer(Self.attempt)
            try writer.append(piece(0, "abcdef"))
            try writer.append(piece(0, "abc"))
            try writer.append(piece(4, "efgh"))
            try writer.append(piece(8, "", .gap))
            try writer.append(piece(8, "", .gap))
            try writer.append(piece(20, "z"))
            #expect(try text(archive) == "abcdefgh<gap>z")
            #expect(writer.size == 21)
        }
    }

    @Test("A torn piece is cut off, wherever the crash came")
    func torn() async throws {
        try await with { archive, path in
            do {
                let writer = try await archive.writer(Self.attempt)
                try writer.append(piece(0, "whole"))
                try writer.append(piece(5, "torn"))
            }
            for length in stride(from: 26 + 24, through: 26, by: -1) {
                #expect(truncate(path, off_t(length)) == 0)
                #expect(try text(archive) == "whole")
                let writer = try await archive.writer(Self.attempt)
                #expect(writer.size == 5)
                try writer.append(piece(5, "torn"))
                #expect(try text(archive) == "wholetorn")
            }
        }
    }

    @Test("A log has one writer at a time, and the next one when that is gone")
    func oneWriter() async throws {
        try await with { archive, _ in
            do {
                let writer = try await archive.writer(Self.attempt)
                try writer.append(piece(0, "x"))
                await #expect(throws: CallError.self) { _ = try await archive.writer(Self.attempt) }
            }
            _ = try await archive.writer(Self.attempt)
        }
    }

    @Test("A piece larger than one may be is kept as several")
    func large() async throws {
        try await with { archive, _ in
            let writer = try await archive.writer(Self.attempt)
            let large = String(repeating: "0123456789", count: 250_000)
            try writer.append(piece(0, large))
            #expect(writer.size == 2_500_000)
            #expect(try text(archive) == large)
        }
    }

    @Test("What cannot be written or read is an error and no end of the log")
    func failures() async throws {
        try await with { archive, path in
            #expect(try archive.reader(Self.attempt) == nil)
            let writer = try await archive.writer(Self.attempt)
            #expect(throws: CallError.self) {
                try writer.append(LogPiece(offset: 0, kind: .stdout, timeUs: 0, data: "no base64!"))
            }
            #expect(writer.size == 0)
            #expect(throws: CallError.self) { _ = try LogArchiveReader(path: path + "/x") }
        }
    }
}
