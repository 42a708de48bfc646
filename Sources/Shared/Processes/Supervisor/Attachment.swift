import Glibc

/// A caller who has joined a session: how far its output went to them, and what they said so far.
final class Attachment {
    /// Output that may wait for who writes, before the program has to.
    static let patience = 1 << 17
    /// Output in one frame.
    private static let portion = 1 << 15

    let fd: Int32
    /// Whether their input is the program's.
    private(set) var isWriter: Bool
    /// The offset up to which output was put on its way.
    private(set) var sent: UInt64
    /// The number of written bytes that is told next; nil where it was told.
    private var owed: UInt64?
    private var outbox: [UInt8] = []
    private var flushed = 0
    private var inbox: [UInt8]
    /// Nothing more is said behind what is in `outbox`.
    private(set) var isLast = false

    /// - Parameter said: what came behind the command that joined.
    init(fd: Int32, isWriter: Bool, from offset: UInt64, greeting: String, said: [UInt8]) {
        self.fd = fd
        self.isWriter = isWriter
        sent = offset
        outbox = Array((greeting + "\n").utf8)
        inbox = said
    }

    /// Whether something waits for the socket to take it.
    func hasWork(_ ring: borrowing OutputRing) -> Bool {
        flushed < outbox.count || owed != nil || (!isLast && sent < ring.end)
    }

    func lag(_ ring: borrowing OutputRing) -> UInt64 { ring.end - min(sent, ring.end) }

    func owe(_ written: UInt64) { owed = written }

    /// Somebody else writes.
    func replace() {
        isWriter = false
        owed = nil
        SessionFrame.add(SessionFrame.replaced, to: &outbox)
    }

    /// Sends what the socket takes. - Returns: false when the caller is gone, or all was said.
    func flush(_ ring: borrowing OutputRing) -> Bool {
        while true {
            while flushed < outbox.count {
                let count = outbox.withUnsafeBytes {
                    write(fd, $0.baseAddress?.advanced(by: flushed), $0.count - flushed)
                }
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return count < 0 && errno == EAGAIN }
                flushed += count
            }
            outbox.removeAll(keepingCapacity: true)
            flushed = 0
            if isLast { return false }
            guard fill(ring) else { return true }
        }
    }

    /// Puts the next frame into the outbox; false where there is none.
    private func fill(_ ring: borrowing OutputRing) -> Bool {
        if let written = owed.take() {
            var payload: [UInt8] = []
            withUnsafeBytes(of: written.bigEndian) { payload.append(contentsOf: $0) }
            SessionFrame.add(SessionFrame.acknowledged, payload, to: &outbox)
            return true
        }
        guard sent < ring.end else { return false }
        guard sent >= ring.begin else {
            SessionFrame.add(SessionFrame.behind, to: &outbox)
            isLast = true
            return true
        }
        let run = ring.run(at: sent, atMost: Self.portion)
        SessionFrame.head(run.kind.rawValue, run.count, to: &outbox)
        ring.copy(from: sent, count: run.count, to: &outbox)
        sent += UInt64(run.count)
        return true
    }

    /// Reads once. - Returns: false when the caller is gone or talks nonsense.
    func listen(_ take: (UInt8, ArraySlice<UInt8>) -> Bool) -> Bool {
        let before = inbox.count
        var result = 0
        inbox.append(
            contentsOf: [UInt8](unsafeUninitializedCapacity: 1 << 16) { room, count in
                result = read(fd, room.baseAddress, room.count)
                count = max(result, 0)
            })
        if result < 0 { return errno == EAGAIN || errno == EINTR }
        guard result > 0, inbox.count > before else { return false }
        return understand(take)
    }

    /// Passes on the whole frames that are there.
    func understand(_ take: (UInt8, ArraySlice<UInt8>) -> Bool) -> Bool {
        var place = 0
        defer { inbox.removeFirst(place) }
        while true {
            switch SessionFrame.parse(inbox, from: place) {
            case .incomplete: return true
            case .malformed: return false
            case .frame(let type, let payload):
                place = payload.upperBound
                guard take(type, inbox[payload]) else { return false }
            }
        }
    }
}
