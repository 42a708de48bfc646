import Crypto
package import NIOCore

/// An archive that is received, so that it can be gone on with after any end but its own: of the link, of the sender, of
/// this process.
///
/// Where it is gets written down as it goes; what was received stays until somebody goes on with it, or it is swept.
package final class IncomingCopy: Sendable {
    /// What stands for a copy.
    package struct Name: Sendable, Hashable {
        /// Source, destination and receiver together; letters and digits.
        package var id: String
        /// The source's state; with another one than before, the copy begins anew.
        package var etag: String
        /// The sender's word for this one, where they may ask for it again after its end without knowing of that.
        package var transfer: String?

        /// An id out of words: the same for the same.
        package static func id(of words: [String]) -> String {
            hexadecimal(SHA256.hash(data: Array(words.joined(separator: "\0").utf8)).prefix(16))
        }

        package init(id: String, etag: String, transfer: String? = nil) {
            self.id = id
            self.etag = etag
            self.transfer = transfer
        }
    }

    /// How long what was left half-way stays: a week.
    private static let patience = 7 * 86_400
    /// How long it is known of one that it is over: an hour.
    private static let memory = 3_600

    /// Where it goes.
    package let destination: Destination
    /// The archive's first byte that is wanted; nil where it is unpacked already.
    package let start: Int64?
    private let name: Name
    private let note: CopyNote
    private let unpacker: Unpacker

    /// Begins, or goes on where an earlier one of the same name was left; blocks.
    ///
    /// - Parameters:
    ///   - folder: where notes are kept; it is there.
    ///   - destination: is asked for only where it begins anew.
    /// - Throws: ``ArchiveError``; ``ArchiveError/busy`` where another one of this name is at it.
    package init(
        _ name: Name, notesIn folder: String, _ destination: () throws(ArchiveError) -> Destination
    ) throws(ArchiveError) {
        self.name = name
        let note = try CopyNote(folder: folder, id: name.id)
        self.note = note
        let part = CopyNote.part(name.id)
        let left = note.read()
        func unpacker(_ destination: Destination, from point: UnpackPoint) throws(ArchiveError) -> Unpacker {
            try Unpacker(destination, part: part, from: point) {
                note.write(CopyNote.Content(etag: name.etag, destination: destination, point: $0))
            }
        }
        if let left, left.etag == name.etag, left.boot == CopyNote.boot,
            left.ended == nil || left.ended == name.transfer,
            let unpacker = try? unpacker(left.destination, from: left.point)
        {
            self.destination = left.destination
            start = left.ended == nil ? unpacker.start : nil
            self.unpacker = unpacker
            if left.ended != nil { note.release() }
            return
        }
        left?.removePart(part)
        // What was begun goes on in the same place, whatever became of the source: asked anew, it would go into that.
        let begun = left.flatMap { $0.ended == nil && $0.destination.isThere ? $0 : nil }
        do throws(ArchiveError) {
            self.destination = if let begun { begun.destination } else { try destination() }
            var point = UnpackPoint()
            point.folders = begun?.point.folders ?? []
            self.unpacker = try unpacker(self.destination, from: point)
        } catch {
            note.remove()
            throw error
        }
        start = 0
    }

    /// What an earlier one of this id, left half-way, has; nil where there is none.
    package static func left(_ id: String, notesIn folder: String) -> (etag: String, offset: Int64)? {
        guard let left = try? CopyNote(folder: folder, id: id, makes: false).read(), left.ended == nil,
            left.boot == CopyNote.boot
        else { return nil }
        return (left.etag, left.point.offset)
    }

    /// Removes what nobody went on with for a week; blocks.
    package static func sweep(notesIn folder: String) { CopyNote.sweep(folder, patience: patience, memory: memory) }

    /// Takes more of the archive; blocks.
    /// - Throws: ``ArchiveError``.
    package func write(_ bytes: ByteBuffer) throws(ArchiveError) { try unpacker.write(bytes) }

    /// The archive has ended.
    /// - Throws: ``ArchiveError``, also where it is not whole.
    package func finish() throws(ArchiveError) {
        let point = try unpacker.finish()
        defer { note.release() }
        guard let transfer = name.transfer else { return note.remove() }
        note.write(
            CopyNote.Content(etag: name.etag, destination: destination, point: point, ended: transfer))
    }

    /// Ends for now: writes down where it is, so that it can be gone on with.
    package func pause() {
        unpacker.pause()
        note.release()
    }

    /// Gives it up: what there is of a file that is not whole goes.
    package func abandon() {
        unpacker.removePart()
        if destination.isNew, destination.isBegun {
            // Or the next one would go into what this one made.
            var content = CopyNote.Content(etag: "", destination: destination, point: UnpackPoint())
            content.point.folders = unpacker.folders
            note.write(content)
        } else {
            note.remove()
        }
        note.release()
    }
}
