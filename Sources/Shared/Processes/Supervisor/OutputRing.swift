/// The latest output of a session, in memory: for callers who join, or who are a little late. A value.
struct OutputRing {
    /// Bytes that are kept.
    static let capacity = 1 << 18
    /// Changes between stdout and stderr that are kept; with more, less than the capacity is.
    private static let mostRuns = 4096

    /// Output of one kind up to an offset, from where the run before it ends.
    private struct Run {
        var end: UInt64
        let kind: Record.Kind
    }

    private var bytes = [UInt8](repeating: 0, count: capacity)
    private var runs: [Run] = []
    private var first = 0
    /// The offset of the oldest byte that is kept.
    private(set) var begin: UInt64 = 0
    /// The offset of the next byte.
    private(set) var end: UInt64 = 0

    /// Adds output; what is too old goes.
    mutating func append(_ kind: Record.Kind, _ output: UnsafeRawBufferPointer) {
        guard output.count > 0 else { return }
        // Of more than all only the latest is kept.
        let kept = UnsafeRawBufferPointer(rebasing: output.suffix(Self.capacity))
        let start = end + UInt64(output.count - kept.count)
        end += UInt64(output.count)
        let place = Int(start % UInt64(Self.capacity))
        let upper = min(kept.count, Self.capacity - place)
        bytes.withUnsafeMutableBytes { bytes in
            bytes[place..<place + upper].copyBytes(from: kept[..<upper])
            bytes[..<(kept.count - upper)].copyBytes(from: kept[upper...])
        }
        if let last = runs.indices.last, last >= first, runs[last].kind == kind {
            runs[last].end = end
        } else {
            runs.append(Run(end: end, kind: kind))
        }
        if end - begin > UInt64(Self.capacity) { begin = end - UInt64(Self.capacity) }
        forget()
    }

    private mutating func forget() {
        while runs.count - first > Self.mostRuns {
            begin = max(begin, runs[first].end)
            first += 1
        }
        while first < runs.count, runs[first].end <= begin { first += 1 }
        if first > Self.mostRuns {
            runs.removeFirst(first)
            first = 0
        }
    }

    /// The kind of the output from an offset on that is kept, and how much of it there is at once.
    /// - Parameter offset: from `begin` on and before `end`.
    func run(at offset: UInt64, atMost most: Int) -> (kind: Record.Kind, count: Int) {
        var (low, high) = (first, runs.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].end > offset { high = middle } else { low = middle + 1 }
        }
        return (runs[low].kind, Int(min(runs[low].end - offset, UInt64(most))))
    }

    /// Adds `count` bytes from an offset on, which are kept, to `target`.
    func copy(from offset: UInt64, count: Int, to target: inout [UInt8]) {
        let place = Int(offset % UInt64(Self.capacity))
        let upper = min(count, Self.capacity - place)
        target += bytes[place..<place + upper]
        target += bytes[..<(count - upper)]
    }
}
