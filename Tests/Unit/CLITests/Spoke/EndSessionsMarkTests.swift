import Daemon
import FoundationEssentials
import Testing

@testable import capstan

@Suite("The wish that a spoke's programs end with it")
struct EndSessionsMarkTests {
    @Test("it is obeyed once, by the spoke it was left for")
    func once() throws {
        try withMark { mark in
            #expect(!mark.take(for: 7))
            try mark.leave(for: 7)
            #expect(mark.take(for: 7))
            #expect(!mark.take(for: 7))
        }
    }

    @Test("a spoke that came after the one it was left for does not obey it, and it is gone")
    func another() throws {
        try withMark { mark in
            try mark.leave(for: 7)
            #expect(!mark.take(for: 77))
            #expect(!mark.take(for: 7))
            try mark.leave(for: 7)
            mark.clear()
            #expect(!mark.take(for: 7))
        }
    }

    private func withMark(_ body: (EndSessionsMark) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "capstan-mark-\(UUID().uuidString)").path
        let directory = StateDirectory(path: path)
        try directory.create()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(EndSessionsMark(directory: directory))
    }
}
