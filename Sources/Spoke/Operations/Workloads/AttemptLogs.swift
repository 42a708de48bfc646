import CallProtocol
import Operations
import Processes

/// Sends an attempt's recorded output from an offset on.
struct AttemptLogs: Sendable {
    /// How often a live recording is looked at while somebody follows it.
    private static let pause = Duration.milliseconds(75)
    let service: AttemptService

    func send(_ input: AttemptLogsInput, to sink: OutputSink) async throws {
        let path = SupervisorClient.recordingPath(service.directory(input.attempt))
        let wanted = UInt64(clamping: input.offset ?? 0)
        var place = RecordingReader.Position()
        while true {
            let change = service.changed.count
            let attempt = input.attempt
            // Asked before reading: what is read after the end is all there is.
            guard let row = try await service.store.read({ try AttemptTable.find($0, attempt) }) else {
                throw CallError.noAttempt(attempt)
            }
            place = try await sendAll(path, from: place, wanted: wanted, to: sink)
            if !row.isActive {
                let read = max(place.offset, wanted)
                let whole = try await length(of: attempt)
                // The disk was full to the last, so that there was no room even for a record that says so.
                if whole > read { try await sink.send(mark(.gap, at: read)) }
                return try await sink.send(mark(.end, at: max(read, whole)))
            }
            guard input.follow ?? false else { return }
            try await waitForMore(path, place, change)
        }
    }

    private func mark(_ kind: LogPiece.Kind, at offset: UInt64) -> LogPiece {
        LogPiece(
            offset: min(Int64(clamping: offset), LogPiece.largestOffset), kind: kind,
            timeUs: service.configuration.now() * 1000, data: "")
    }

    /// Where an attempt's log ends, as its supervisor says; 0 where it left no word.
    private func length(of attempt: String) async throws -> UInt64 {
        let directory = service.directory(attempt)
        return try await offload {
            guard case .exited(let record) = try SupervisorClient.inspect(directory) else { return 0 }
            return record.logLength
        }
    }

    /// Sends what is there; returns the place after it.
    private func sendAll(
        _ path: String, from start: RecordingReader.Position, wanted: UInt64, to sink: OutputSink
    ) async throws -> RecordingReader.Position {
        var place = start
        while let part = try await RecordingPart.read(path, from: place, wanted: wanted) {
            for record in part.records where record.kind != .resize { try await sink.send(Self.piece(record)) }
            guard part.next != place else { break }
            place = part.next
        }
        return place
    }

    /// Returns when the recording has grown, or an attempt has changed.
    private func waitForMore(_ path: String, _ place: RecordingReader.Position, _ change: UInt64) async throws {
        while service.changed.count == change {
            try await service.configuration.clock.sleep(for: Self.pause)
            if FileLength.of(path) > place.file { return }
        }
    }

    private static func piece(_ record: Record) -> LogPiece {
        let kind: LogPiece.Kind =
            switch record.kind {
            case .stdout: .stdout
            case .stderr: .stderr
            case .gap, .resize: .gap
            }
        return LogPiece(
            offset: Int64(clamping: record.offset), kind: kind, timeUs: Int64(clamping: record.time),
            data: Bytes.base64(record.bytes))
    }
}
