import Glibc

/// Files that are either the old content or the new one, whenever the power goes.
package enum AtomicFile {
    /// Replaces `path` by `bytes`: temporary file beside it, fsync, rename, fsync of the directory.
    ///
    /// When it returns, the content is durable. When it throws, `path` is as it was and no temporary file is left.
    /// - Parameter mode: permission bits, set whatever the umask is; 0600 is for secrets and the default.
    /// - Throws: ``FileError/diskFull(_:)`` when no space is left, else the system's reason.
    package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(FileError) {
        let temporary = path + ".tmp-\(getpid())-\(UInt32.random(in: .min ... .max))"
        do throws(FileError) {
            let file = try Descriptor(opening: temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode)
            try file.setMode(mode)
            try file.write(bytes)
            try file.sync()
            try Descriptor.check("rename", path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error.named(path, insteadOf: temporary)
        }
        try syncDirectory(of: path)
    }

    /// Replaces `path` by the UTF-8 of `text`; see ``write(_:to:mode:)-([UInt8],_,_)``.
    package static func write(_ text: String, to path: String, mode: UInt32 = 0o600) throws(FileError) {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// The whole file, refused when it is longer than `limit` bytes.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(FileError) -> [UInt8] {
        try Descriptor(opening: path, O_RDONLY).read(limit: limit)
    }

    /// The whole file, or nil when there is none.
    package static func readIfPresent(_ path: String, limit: Int = 1 << 20) throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try read(path, limit: limit)
        } catch {
            guard case .notFound = error else { throw error }
            return nil
        }
    }

    /// Lets `path` take the place of `target`, durably: at any moment the target is the old file or the new one.
    /// - Throws: ``FileError/notFound(_:)`` when there is no `path`.
    package static func move(_ path: String, to target: String) throws(FileError) {
        try Descriptor.check("rename", path) { rename(path, target) }
        try syncDirectory(of: target)
    }

    /// Removes `path` durably; that it was not there is no error.
    package static func remove(_ path: String) throws(FileError) {
        guard unlink(path) == 0 else {
            if errno == ENOENT { return }
            throw FileError.system(errno, "unlink", path)
        }
        try syncDirectory(of: path)
    }

    /// A rename lives in the directory, which has its own pages to be written.
    private static func syncDirectory(of path: String) throws(FileError) {
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let directory = try Descriptor(opening: parent, O_RDONLY | O_DIRECTORY)
        do throws(FileError) {
            try directory.sync()
        } catch .failed(_, _, EINVAL) {
            // Some file systems (overlays, FUSE) cannot sync a directory; there the rename is as durable as it gets.
        }
    }
}

extension FileError {
    /// The temporary name means nothing to the reader of the message.
    fileprivate func named(_ path: String, insteadOf temporary: String) -> FileError {
        switch self {
        case .diskFull: .diskFull(path)
        case .notFound: .notFound(path)
        case .denied: .denied(path)
        case .failed(temporary, let operation, let code): .failed(path, operation: operation, errno: code)
        default: self
        }
    }
}
