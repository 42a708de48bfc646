import Agent
import CallProtocol
import Daemon
import FoundationEssentials
import Link
import Logging
import Synchronization
import Testing

@testable import capstan

@Suite("What a spoke tells of its link")
struct SpokeNewsTests {
    private final class Lines: LineSink {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }

        func write(_ line: [UInt8]) -> Bool {
            kept.withLock { $0.append(String(decoding: line.dropLast(), as: UTF8.self)) }
            return true
        }
    }

    @Test("it says on stdout when the link comes and goes, and not each time that dialling failed")
    func transitions() throws {
        try withNews { news, lines, _, directory in
            for why in ["refused", "refused", "no answer"] { news.tell(.disconnected(reason: why)) }
            let reason = try SpokeStatusFile.read(directory)?["reason"]?.stringValue
            #expect(reason == "no answer")
            news.tell(.connected(node: "one"))
            news.tell(.disconnected(reason: "lost"))
            #expect(
                lines.all == [
                    #"{"msg":"hub_status","status":"disconnected","reason":"refused"}"#,
                    #"{"msg":"hub_status","status":"connected"}"#,
                    #"{"msg":"spoke_connected","node":"one"}"#,
                    #"{"msg":"hub_status","status":"disconnected","reason":"lost"}"#,
                ])
        }
    }

    @Test("since is when the link came to be as it is")
    func since() throws {
        try withNews { news, _, time, directory in
            news.tell(.disconnected(reason: "refused"))
            time.value.withLock { $0 = 60_000 }
            news.tell(.disconnected(reason: "no answer"))
            let first = try SpokeStatusFile.read(directory)?["since"]?.stringValue
            #expect(first == "1970-01-01T00:00:00.000Z")
            news.tell(.connected(node: "one"))
            let second = try SpokeStatusFile.read(directory)?["since"]?.stringValue
            #expect(second == "1970-01-01T00:01:00.000Z")
        }
    }

    private func withNews(_ body: (SpokeNews, Lines, Time, StateDirectory) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "capstan-news-\(UUID().uuidString)").path
        let directory = StateDirectory(path: path)
        try directory.create()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let identity = SpokeIdentity(
            key: PeerKey(), peerId: "01JD0000000000000000000001", name: "one", hubFingerprints: [], addresses: [])
        let (lines, time) = (Lines(), Time())
        let news = SpokeNews(
            file: SpokeStatusFile(directory: directory, identity: identity), logger: Logger(label: "test"),
            lines: MachineLine(sink: lines), now: { time.value.withLock { $0 } })
        try body(news, lines, time, directory)
    }

    private final class Time: Sendable {
        let value = Mutex<Int64>(0)
    }
}
