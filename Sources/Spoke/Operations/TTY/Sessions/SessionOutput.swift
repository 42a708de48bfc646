import CallProtocol
import NIOCore
import Operations
import Processes

/// What was sent of a session's output, and how what is missing is caught up with.
struct SessionOutput {
    let directory: String
    let stream: SessionStream
    /// The offset of what is sent next.
    private(set) var place: UInt64
    /// Where in the recording it goes on: at `place`, or before it.
    private var position = RecordingReader.Position()

    init(directory: String, stream: SessionStream, place: UInt64) {
        self.directory = directory
        self.stream = stream
        self.place = place
    }

    /// Sends output that begins at `place`.
    mutating func send(_ kind: Record.Kind, _ bytes: ArraySlice<UInt8>) async throws {
        let type: ChunkType = kind == .stderr ? .stderr : .stdout
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(Chunk.preferredLength)
            var chunk = ByteBuffer()
            chunk.reserveCapacity(Chunk.headerLength + piece.count)
            chunk.writeMultipleIntegers(type.rawValue, UInt32(piece.count))
            chunk.writeBytes(piece)
            try await stream.sendRaw(chunk)
            rest = rest.dropFirst(piece.count)
            place += UInt64(piece.count)
        }
    }

    /// Sends what the recording has, up to an offset; what it does not have is told as a gap.
    /// - Parameter end: nil for all that there is.
    mutating func catchUp(to end: UInt64?) async throws {
        guard end.map({ $0 > place }) ?? true else { return }
        let path = SupervisorClient.recordingPath(directory)
        var reading = position
        while end.map({ place < $0 }) ?? true,
            let part = try await RecordingPart.read(path, from: reading, wanted: place), part.next != reading
        {
            reading = part.next
            for record in part.records where record.kind == .stdout || record.kind == .stderr {
                try await send(record, upTo: end)
            }
            // What was read beyond the end is read again.
            if part.next.offset <= place { position = part.next }
        }
        if let end, end > place { try await tellGap(to: end) }
    }

    private mutating func send(_ record: Record, upTo end: UInt64?) async throws {
        let last = min(record.end, end ?? record.end)
        guard last > place else { return }
        if record.offset > place { try await tellGap(to: min(record.offset, last)) }
        guard record.offset < last else { return }
        try await send(record.kind, record.bytes[Int(place - record.offset)..<Int(last - record.offset)])
    }

    private mutating func tellGap(to end: UInt64) async throws {
        try await stream.sendControl([
            "type": "gap", "from": .integer(Int64(clamping: place)), "to": .integer(Int64(clamping: end)),
        ])
        place = end
    }
}
