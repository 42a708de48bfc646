import Operations
import Processes

/// A part of a recording, and where the next begins.
struct RecordingPart: Sendable {
    /// Bytes of a recording that are read in one turn, those around the output included.
    private static let turn: UInt64 = 1 << 20

    var records: [Record]
    var next: RecordingReader.Position

    /// The next megabyte; nil when there is no recording. Without records it is at its end so far.
    /// - Parameter wanted: output before this offset is left out.
    static func read(
        _ path: String, from place: RecordingReader.Position, wanted: UInt64
    ) async throws -> RecordingPart? {
        try await offload {
            let reader: RecordingReader
            do {
                reader = try RecordingReader(path: path, from: place)
            } catch let error as SystemError where error.isAbsence {
                return nil
            }
            reader.seek(toOffset: max(wanted, place.offset))
            var part = RecordingPart(records: [], next: place)
            while reader.position.file < place.file + turn, let record = try reader.next() {
                part.records.append(record)
            }
            part.next = reader.position
            return part
        }
    }
}
