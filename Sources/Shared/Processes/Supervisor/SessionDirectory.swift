import CProcesses
import Glibc

/// A session's directory as its supervisor holds it: made whole, locked, never made twice.
struct SessionDirectory: ~Copyable {
    enum Making: ~Copyable {
        case made(SessionDirectory)
        /// Somebody else made it; nothing of ours is left.
        case exists
    }

    private let directory: Int32
    private let lock: Int32
    /// The empty recording.
    let recording: Int32
    /// The listening socket.
    let socket: Int32
    /// The file whose bytes are reserved for the exit record.
    private let reserve: Int32
    /// Where messages of a supervisor in trouble go.
    let log: Int32

    /// Room for the exit record, error text included.
    private static let reserved: off_t = 8192

    /// Makes the directory at `path`, mode 0700, inside a folder that exists. The working directory of the process
    /// is the new directory afterwards, because a socket's path may have 107 bytes only.
    /// - Parameter about: what the file `about` is to hold; without any there is none.
    static func make(_ path: String, about: [UInt8] = []) throws(SystemError) -> Making {
        guard let (parentPath, name) = SessionFiles.split(path) else {
            throw SystemError("make \(path)", code: EINVAL)
        }
        let parent = Descriptor(
            try SystemError.check("open \(parentPath)", cp_open(parentPath, O_RDONLY | O_DIRECTORY, 0)))
        if faccessat(parent.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 { return .exists }
        let making = SessionFiles.makingPrefix + "\(getpid())-\(Time.monotonic())"
        guard mkdirat(parent.fd, making, 0o700) == 0 else { throw SystemError("make \(path)", code: errno) }
        let result: Int32
        let made: SessionDirectory
        do throws(SystemError) {
            made = try SessionDirectory(filling: making, in: parent.fd, about)
            result = cp_rename_new(parent.fd, making, parent.fd, name)
        } catch {
            discard(making, in: parent.fd)
            throw error
        }
        guard result == 0 else {
            discard(making, in: parent.fd)
            if result == -EEXIST || result == -ENOTEMPTY { return .exists }
            throw SystemError("make \(path)", code: -result)
        }
        // From here on nobody else can start this, and a crash of the machine does not change that.
        _ = fsync(parent.fd)
        return .made(made)
    }

    private init(filling name: String, in parent: Int32, _ about: [UInt8]) throws(SystemError) {
        let directory = Descriptor(
            try SystemError.check("open the session", cp_open_at(parent, name, O_RDONLY | O_DIRECTORY, 0)))
        func create(_ file: String) throws(SystemError) -> Descriptor {
            let flags = O_RDWR | O_CREAT | O_EXCL | O_APPEND
            // Reserved bytes and records are written at places of their own; only the log is appended to.
            let used = file == SessionFiles.log ? flags : flags & ~O_APPEND
            return Descriptor(try SystemError.check("make \(file)", cp_open_at(directory.fd, file, used, 0o600)))
        }
        let lock = try create(SessionFiles.lock)
        try SystemError.check("lock the session", cp_lock(lock.fd, 0))
        let recording = try create(SessionFiles.recording)
        let log = try create(SessionFiles.log)
        let reserve = try create(SessionFiles.exitReserve)
        let reserving = posix_fallocate(reserve.fd, 0, Self.reserved)
        if reserving != 0, reserving != EOPNOTSUPP, reserving != EINVAL {
            throw SystemError("reserve room for the exit record", code: reserving)
        }
        if !about.isEmpty {
            let file = try create(SessionFiles.about)
            if let error = Files.write(about, to: file.fd) { throw error }
        }
        guard fchdir(directory.fd) == 0 else { throw SystemError("enter the session", code: errno) }
        let socket = try SystemError.check("listen", cp_unix_listen(SessionFiles.socket, 64))
        self.directory = directory.take()
        self.lock = lock.take()
        self.recording = recording.take()
        self.reserve = reserve.take()
        self.log = log.take()
        self.socket = socket
    }

    /// Removes what was made so far under the first name.
    private static func discard(_ name: String, in parent: Int32) {
        let opened = cp_open_at(parent, name, O_RDONLY | O_DIRECTORY, 0)
        if opened >= 0 {
            let files = [
                SessionFiles.lock, SessionFiles.recording, SessionFiles.log, SessionFiles.exitReserve,
                SessionFiles.socket, SessionFiles.about,
            ]
            for file in files { unlinkat(opened, file, 0) }
            close(opened)
        }
        unlinkat(parent, name, AT_REMOVEDIR)
    }

    /// Says which program runs here, for those who find the session later. Not durable: it is of use only while
    /// the machine runs.
    func writeStarted(program: Int32, startedMs: Int64) {
        var stat = cp_stat()
        let ticks = cp_process_stat(program, &stat) == 0 ? stat.start : 0
        let started = StartedRecord(
            pid: program, supervisor: getpid(), startedMs: startedMs, ticks: ticks, boot: StartedRecord.thisBoot)
        let temporary = SessionFiles.started + ".new"
        let opened = cp_open_at(directory, temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard opened >= 0 else { return }
        let file = Descriptor(opened)
        guard Files.write(Array(started.text.utf8), to: file.fd) == nil else { return }
        _ = renameat(directory, temporary, directory, SessionFiles.started)
    }

    /// Leaves the exit record, whole and durable, or returns why it could not.
    func writeExit(_ record: ExitRecord) -> SystemError? {
        let bytes = Array(record.text.utf8.prefix(Int(Self.reserved)))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(reserve, $0.baseAddress?.advanced(by: done), bytes.count - done, off_t(done))
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return SystemError("write the exit record", code: errno) }
            done += count
        }
        guard ftruncate(reserve, off_t(bytes.count)) == 0, fsync(reserve) == 0 else {
            return SystemError("write the exit record", code: errno)
        }
        guard renameat(directory, SessionFiles.exitReserve, directory, SessionFiles.exit) == 0 else {
            return SystemError("write the exit record", code: errno)
        }
        _ = fsync(directory)
        return nil
    }
}
