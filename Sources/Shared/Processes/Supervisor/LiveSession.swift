import Glibc

/// The callers who have joined a session, one of whom may write, and the latest output for them.
final class LiveSession {
    /// How a caller joins: `attach OFFSET w|r EPOCH`.
    struct Request {
        /// The output they have already; later output is theirs.
        var offset: UInt64
        var isWriter: Bool
        /// The number they were given when they joined as the one who writes; 0 for none.
        var epoch: UInt64
    }

    var ring = OutputRing()
    private(set) var attachments: [Attachment] = []
    /// Counts those who write: with the same number it is the same one again, and what they sent before counts.
    private(set) var epoch: UInt64 = 0
    private var acknowledged: UInt64 = 0
    /// Who was the first to write.
    private var opener: Attachment?

    /// What to poll for.
    var polled: [pollfd] {
        attachments.map { attachment in
            let events = POLLIN | (attachment.hasWork(ring) ? POLLOUT : 0)
            return pollfd(fd: attachment.fd, events: Int16(events), revents: 0)
        }
    }

    /// Whether who was the first to write is gone.
    var hasLostOpener: Bool {
        guard let opener else { return false }
        return !attachments.contains { $0 === opener }
    }

    /// Whether who writes is so far behind that the program has to wait. Who only watches never holds it up.
    var holdsBack: Bool { attachments.contains { $0.isWriter && $0.lag(ring) > UInt64(Attachment.patience) } }

    func owns(_ fd: Int32) -> Bool { attachments.contains { $0.fd == fd } }

    /// Takes a connection over. The answer: `ok BEGIN ACCEPTED WRITTEN EPOCH`; the output before BEGIN is not in memory.
    func join(_ fd: Int32, _ request: Request, said: [UInt8], _ program: borrowing SupervisedProgram) {
        if request.isWriter { takeWriting(from: request.epoch) }
        let begin = min(max(request.offset, ring.begin), ring.end)
        let greeting = "ok \(begin) \(program.accepted) \(program.written) \(request.isWriter ? epoch : 0)"
        let attachment = Attachment(
            fd: fd, isWriter: request.isWriter, from: begin, greeting: greeting, said: said)
        attachments.append(attachment)
        if request.isWriter, opener == nil { opener = attachment }
    }

    private func takeWriting(from other: UInt64) {
        if other == epoch, epoch > 0 {
            // The same one again: their old connection is one that nobody has any more.
            for old in attachments where old.isWriter { drop(old) }
        } else {
            epoch += 1
            for old in attachments where old.isWriter { old.replace() }
        }
    }

    func append(_ kind: Record.Kind, _ output: UnsafeRawBufferPointer) { ring.append(kind, output) }

    /// Sends everyone what they take.
    func flush(_ program: borrowing SupervisedProgram) {
        if program.written != acknowledged {
            acknowledged = program.written
            for attachment in attachments where attachment.isWriter { attachment.owe(acknowledged) }
        }
        for attachment in attachments where attachment.hasWork(ring) {
            if !attachment.flush(ring) { drop(attachment) }
        }
    }

    /// Reads once from a caller. - Parameter take: gets each of their frames; false for one that may not be.
    func listen(_ fd: Int32, _ take: (Attachment, UInt8, ArraySlice<UInt8>) -> Bool) {
        guard let attachment = attachments.first(where: { $0.fd == fd }) else { return }
        if !attachment.listen({ take(attachment, $0, $1) }) { drop(attachment) }
    }

    /// Passes on what a caller said at once behind joining.
    func catchUp(_ fd: Int32, _ take: (Attachment, UInt8, ArraySlice<UInt8>) -> Bool) {
        guard let attachment = attachments.first(where: { $0.fd == fd }) else { return }
        if !attachment.understand({ take(attachment, $0, $1) }) { drop(attachment) }
    }

    private func drop(_ attachment: Attachment) {
        guard let index = attachments.firstIndex(where: { $0 === attachment }) else { return }
        close(attachment.fd)
        attachments.remove(at: index)
    }

    /// The last output, for as long as callers take it, `limit` nanoseconds at most. Who has all of it is let go at once.
    func farewell(_ program: borrowing SupervisedProgram, within limit: UInt64) {
        let end = Time.monotonic() + limit
        while true {
            flush(program)
            for attachment in attachments where !attachment.hasWork(ring) { drop(attachment) }
            let now = Time.monotonic()
            guard !attachments.isEmpty, now < end else { break }
            var slow = attachments.map { pollfd(fd: $0.fd, events: Int16(POLLOUT), revents: 0) }
            poll(&slow, nfds_t(slow.count), Int32((end - now) / 1_000_000 + 1))
        }
        for attachment in attachments { drop(attachment) }
    }
}
