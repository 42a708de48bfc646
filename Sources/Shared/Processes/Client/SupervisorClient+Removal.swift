import CProcesses
import Glibc

/// Clearing away what sessions leave behind.
extension SupervisorClient {
    /// Removes a session that is over, recording and all. False when it is running; true also when there is none.
    @discardableResult
    package static func remove(_ directory: String) throws(SystemError) -> Bool {
        switch try inspect(directory) {
        case .absent: return true
        case .running: return false
        case .exited, .lost: break
        }
        guard let (parentPath, name) = SessionFiles.split(directory) else { return false }
        let parent = Descriptor(
            try SystemError.check("open \(parentPath)", cp_open(parentPath, O_RDONLY | O_DIRECTORY, 0)))
        // First out of the way as a whole, so that it is never there in parts.
        let removing = SessionFiles.removingPrefix + "\(getpid())-\(Time.monotonic())"
        let result = cp_rename_new(parent.fd, name, parent.fd, removing)
        if result == -ENOENT { return true }
        try SystemError.check("remove \(directory)", result)
        empty(removing, in: parent.fd)
        return true
    }

    /// Removes what starters and removers left in `folder` that were killed midway. To be called when a process
    /// starts that keeps its sessions there, and has made sure that it is the only one.
    package static func sweep(_ folder: String) throws(SystemError) {
        let parent = Descriptor(try SystemError.check("open \(folder)", cp_open(folder, O_RDONLY | O_DIRECTORY, 0)))
        for name in names(in: parent.fd) {
            // Only such a process removes, so that nobody is at it any more, whosever the number is by now.
            guard name.hasPrefix(SessionFiles.removingPrefix) || isAbandonedMaking(name) else { continue }
            empty(name, in: parent.fd)
        }
    }

    /// A supervisor outlives whoever started it, and may still be at it.
    private static func isAbandonedMaking(_ name: String) -> Bool {
        guard name.hasPrefix(SessionFiles.makingPrefix),
            let pid = Int32(name.dropFirst(SessionFiles.makingPrefix.count).prefix { $0 != "-" }), pid > 0
        else { return false }
        return kill(pid, 0) != 0 && errno == ESRCH
    }

    /// Signals the program that a lost supervisor left behind, with its process group, if it is provably the one that
    /// was started. True when there was one.
    @discardableResult
    package static func killLost(
        _ directory: String, with signal: ProcessSignal = .kill
    ) throws(SystemError) -> Bool {
        guard case .lost = try inspect(directory) else { return false }
        let folder = Descriptor(
            try SystemError.check("open \(directory)", cp_open(directory, O_RDONLY | O_DIRECTORY, 0)))
        guard let text = try Files.text(of: SessionFiles.started, in: folder.fd),
            let started = StartedRecord(text: text), started.ticks != 0, started.boot == StartedRecord.thisBoot
        else { return false }
        var stat = cp_stat()
        guard cp_process_stat(started.pid, &stat) == 0, stat.start == started.ticks, stat.group == started.pid,
            cp_group_alive(started.pid) != 0
        else { return false }
        return kill(-started.pid, signal.number) == 0
    }

    private static func empty(_ name: String, in parent: Int32) {
        let opened = cp_open_at(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        if opened >= 0 {
            let folder = Descriptor(opened)
            for file in names(in: folder.fd) { unlinkat(folder.fd, file, 0) }
        }
        unlinkat(parent, name, AT_REMOVEDIR)
    }

    private static func names(in folder: Int32) -> [String] {
        let again = cp_open_at(folder, ".", O_RDONLY | O_DIRECTORY, 0)
        guard again >= 0 else { return [] }
        guard let stream = fdopendir(again) else {
            close(again)
            return []
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
