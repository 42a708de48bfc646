import CallProtocol
import Operations
import Processes

/// Tells what a session showed, with its times.
struct SessionReplay: Sendable {
    let service: SessionService
    /// Nobody waits longer than that for the next piece, whatever the session did; in microseconds.
    private static let longestPause = 2_000_000.0

    func send(_ input: TTYReplayInput, to sink: OutputSink) async throws {
        let view = try await service.find(input.session)
        let path = SupervisorClient.recordingPath(service.directory(view.session))
        let wanted = UInt64(clamping: input.from ?? 0)
        let speed = input.speed ?? 0
        var position = RecordingReader.Position()
        var first: UInt64?
        var last: UInt64?
        var end = wanted
        while let part = try await RecordingPart.read(path, from: position, wanted: wanted), part.next != position {
            position = part.next
            for record in part.records {
                first = first ?? record.time
                if speed > 0, let last, record.time > last {
                    // Bounded while it is still a number: no duration holds what a very slow replay would take.
                    let pause = min(Double(record.time - last) / speed, Self.longestPause)
                    try await service.configuration.clock.sleep(for: .microseconds(pause))
                }
                last = record.time
                try await sink.send(Self.piece(record, since: first ?? record.time))
                end = record.end
            }
        }
        let time = Self.time(last ?? 0, since: first ?? 0)
        try await sink.send(TTYPiece(offset: Int64(clamping: end), kind: .end, timeUs: time))
    }

    /// A clock that was set back is no reason for a time before the beginning.
    private static func time(_ time: UInt64, since first: UInt64) -> Int64 {
        time > first ? Int64(clamping: time - first) : 0
    }

    private static func piece(_ record: Record, since first: UInt64) -> TTYPiece {
        let kind: TTYPiece.Kind =
            switch record.kind {
            case .stdout: .stdout
            case .stderr: .stderr
            case .gap: .gap
            case .resize: .resize
            }
        var piece = TTYPiece(
            offset: Int64(clamping: record.offset), kind: kind, timeUs: time(record.time, since: first))
        if let size = record.size {
            (piece.cols, piece.rows) = (Int(size.columns), Int(size.rows))
        } else if kind != .gap {
            piece.data = Bytes.base64(record.bytes)
        }
        return piece
    }
}
