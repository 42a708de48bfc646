import Processes

/// Places in a session's recording. They block.
enum SessionTail {
    /// The offset at which a recording ends so far; 0 where there is none.
    static func end(of path: String) -> UInt64 {
        if let last = (try? RecordingTail.records(of: path))?.first { return last.end }
        // Nothing yet, or something is being written: then the long way.
        guard let reader = try? RecordingReader(path: path) else { return 0 }
        while (try? reader.next()) ?? nil != nil {}
        return reader.position.offset
    }

    /// Where the last `rows` lines begin, as far as they lie near the end.
    static func screen(of path: String, rows: Int) -> UInt64 {
        guard let records = try? RecordingTail.records(of: path), let last = records.first else {
            return end(of: path)
        }
        var (start, lines) = (last.end, 0)
        for record in records {
            guard record.kind == .stdout || record.kind == .stderr else { continue }
            for (place, byte) in record.bytes.enumerated().reversed() where byte == UInt8(ascii: "\n") {
                lines += 1
                if lines > rows { return record.offset + UInt64(place) + 1 }
            }
            start = record.offset
        }
        return start
    }
}
