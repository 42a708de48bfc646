import CallProtocol
import Database
import Glibc
import Logging
import Operations
import Processes

/// Whether the end of a session was written into the journal: a file beside the others.
enum SessionMark {
    private static func path(_ directory: String) -> String { directory + "/told" }

    static func isTold(_ directory: String) -> Bool { access(path(directory), F_OK) == 0 }

    static func tell(_ directory: String) {
        let file = creat(path(directory), 0o600)
        if file >= 0 { close(file) }
    }
}

/// What becomes of sessions after their end.
extension SessionService {
    /// How long the word of an end is kept, and what was shown where it is not recorded.
    private static var keptAfterEnd: Int64 { 24 * 3_600_000 }
    /// How long recordings are kept.
    private static var keptRecorded: Int64 { 30 * 24 * 3_600_000 }

    /// Writes the end of a session into the journal, once: its row has the session's own id, by which the hub knows it.
    func tellEnd(of id: String) async {
        let directory = directory(id)
        guard !SessionMark.isTold(directory), let view = try? await find(id), view.state != .running else { return }
        guard view.keep else { return SessionMark.tell(directory) }
        let written: Void? = await store.writeSurely("session's end not written") { db in
            try JournalTable.appendOnce(db, id: id, kind: "session.ended", payload: try JSONCoding.encode(view))
        }
        if written != nil { SessionMark.tell(directory) }
    }

    /// Removes what is too old, and the oldest of what is too much.
    func purge() async {
        guard let views = try? await all() else { return }
        let now = configuration.now()
        var kept: UInt64 = 0
        for view in views.reversed() where view.state != .running {
            let directory = directory(view.session)
            guard SessionMark.isTold(directory) else { continue }
            let ended = SessionAge.changed(directory) ?? now
            let isOld = now - ended > (view.recorded ? Self.keptRecorded : Self.keptAfterEnd)
            kept += FileLength.of(SupervisorClient.recordingPath(directory))
            guard isOld || kept > UInt64(clamping: configuration.allRecordingsBytes) else { continue }
            _ = try? await offload { try SupervisorClient.remove(directory) }
        }
    }
}

/// When files were changed.
enum SessionAge {
    /// Unix milliseconds since which a directory's entries are as they are; nil where it is gone.
    static func changed(_ directory: String) -> Int64? {
        var status = stat()
        guard stat(directory, &status) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) * 1000
    }
}
