import CallProtocol
import Engine
import NIOCore
import Operations

/// How far somebody has read a container's log: enough to go on behind it, exactly.
///
/// Times rise on each output, but not over both: the engine stamps them apart, and all parts of a long line with the time of
/// its first. So each output has a place of its own, and the log is asked for from before the older of them.
struct LogCursor: Sendable {
    /// The time of the last entry, in nanoseconds since 1970, and how many entries of that time were told.
    private struct Place: Sendable {
        var time: Int64
        var count: Int
    }

    /// How much later an entry may stand in the log than one of the other output that is newer, in nanoseconds.
    private static let disorder: Int64 = 2_000_000_000

    private let first: ContainerLogsInput
    let isFramed: Bool
    private var places: [EngineOutput: Place] = [:]
    /// What comes once more when the log is asked for anew.
    private var again: [EngineOutput: Place] = [:]
    /// The oldest that was told: what is older was left out by `tail`.
    private var oldest: Int64?
    /// Bytes that were told of a log without times.
    private var bytes = 0
    private var bytesToSkip = 0

    init(_ input: ContainerLogsInput, isFramed: Bool) {
        first = input
        self.isFramed = isFramed
    }

    /// Whether it can go on after a break: of a log without times only so much is known that was read from its start.
    var canResume: Bool { isFramed || bytes == 0 || first.tail == nil }

    /// What to ask for now.
    mutating func query(follows: Bool) throws(CallError) -> [(name: String, value: String)] {
        var query = [
            (name: "stdout", value: "1"), (name: "stderr", value: "1"),
            (name: "follow", value: follows ? "1" : "0"),
            (name: "timestamps", value: isFramed ? "1" : "0"),
        ]
        if let until = try EngineTime.checked(first.until, "until") { query.append((name: "until", value: until)) }
        bytesToSkip = bytes
        again = places
        let since = try EngineTime.checked(first.since, "since")
        if let last = places.values.map(\.time).min() {
            let start = max(last - Self.disorder, since.flatMap { EngineTime.nanoseconds(query: $0) } ?? 0)
            return query + [(name: "since", value: EngineTime.query(nanoseconds: max(0, start)))]
        }
        if let since { query.append((name: "since", value: since)) }
        if let tail = first.tail { query.append((name: "tail", value: String(tail))) }
        return query
    }

    /// Takes what was told before off the bytes of a log without times.
    mutating func skip(_ bytes: inout ByteBuffer) {
        let known = min(bytesToSkip, bytes.readableBytes)
        bytes.moveReaderIndex(forwardBy: known)
        bytesToSkip -= known
    }

    /// Takes an entry; false for one that was told before.
    mutating func take(_ entry: LogEntry) -> Bool {
        guard isFramed else {
            bytes += entry.bytes.readableBytes + (entry.isPartial ? 0 : 1)
            return true
        }
        guard let time = entry.timestamp.flatMap({ EngineTime.nanoseconds($0) }) else { return true }
        if let known = again[entry.output] {
            if time < known.time { return false }
            if time == known.time, known.count > 0 {
                again[entry.output]?.count -= 1
                return false
            }
            again[entry.output] = nil
        } else if places[entry.output] == nil, first.tail != nil, let oldest, time < oldest {
            return false
        }
        oldest = min(oldest ?? time, time)
        if places[entry.output]?.time == time {
            places[entry.output]?.count += 1
        } else {
            places[entry.output] = Place(time: time, count: 1)
        }
        return true
    }
}

/// A container's log for one reader, over the engine's absences.
struct ContainerLogs {
    let service: ContainerService

    /// The pause before a log is asked for again that ended while its container goes on.
    private static let pause = Duration.milliseconds(200)

    func send(_ input: ContainerLogsInput, for access: ContainerAccess, to sink: OutputSink) async throws {
        let view = try await service.find(input.container, for: access)
        try await read(view, input) { try await sink.send(Self.told($0)) }
    }

    /// Reads a container's log, to the container's end where it is followed, and hands each entry on once.
    func read(
        _ view: ContainerView, _ input: ContainerLogsInput, _ take: (LogEntry) async throws -> Void
    ) async throws {
        var cursor = LogCursor(input, isFramed: !(view.tty ?? false))
        var lines = PartialLines()
        var follows = input.follow ?? false
        var hasRead = false
        reading: while true {
            do {
                try await service.resuming { client in
                    guard cursor.canResume else { throw CallError.engineAway("it broke off a log that has no times") }
                    let endsByTime = cursor.isFramed && service.watch.product == .docker
                    try await pass(view.id, &cursor, follows, client) { entry in
                        for entry in endsByTime ? lines.take(entry) : [entry] { try await take(entry) }
                    }
                }
                hasRead = true
                guard follows, input.until == nil else { break reading }
                // An engine that stops ends its logs as if all had been said.
                let now = try await service.resuming { try await self.service.document(view.id, $0) }
                if now.isAlive {
                    try await service.clock.sleep(for: Self.pause)
                } else {
                    // What a program wrote last without a newline comes into the log behind the end of who follows it.
                    follows = false
                }
            } catch let error as CallError where hasRead && error.code == ContainerError.notFound {
                // It was removed with its end.
                break reading
            }
        }
        for entry in lines.finish() { try await take(entry) }
    }

    /// Reads the log from the cursor to its end.
    private func pass(
        _ id: String, _ cursor: inout LogCursor, _ follows: Bool, _ client: EngineClient,
        _ take: (LogEntry) async throws -> Void
    ) async throws {
        let query = try cursor.query(follows: follows)
        let request = EngineRequest(.get, ContainerService.path(id, "/logs"), query: query)
        var decoder = LogDecoder(isFramed: cursor.isFramed)
        var place = cursor
        defer { cursor = place }
        try await client.ask(request) { answer in
            try await answer.check()
            while var bytes = try await answer.next() {
                place.skip(&bytes)
                try decoder.append(bytes)
                while let entry = decoder.next() {
                    if place.take(entry) { try await take(entry) }
                }
            }
            try decoder.finish()
            while let entry = decoder.next() {
                if place.take(entry) { try await take(entry) }
            }
        }
    }

    private static func told(_ entry: LogEntry) -> ContainerLogEntry {
        let (text, base64) = OutputText.of(entry.bytes)
        return ContainerLogEntry(
            stream: entry.output == .stdout ? .stdout : .stderr, timestamp: entry.timestamp, text: text, base64: base64,
            partial: entry.isPartial ? true : nil)
    }
}

/// Output as JSON carries it: as text where it is text, else in base64.
enum OutputText {
    static func of(_ bytes: ByteBuffer) -> (text: String?, base64: String?) {
        if let text = String(validating: bytes.readableBytesView, as: UTF8.self) { return (text, nil) }
        return (nil, Bytes.base64(bytes.readableBytesView))
    }
}
