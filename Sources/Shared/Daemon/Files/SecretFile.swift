import Glibc

/// Files that nobody but their owner may read: keys.
package enum SecretFile {
    /// Takes the rights that others have to `path` away, as a copy or a restored backup may have given them.
    ///
    /// - Returns: whether there were any; false also where there is no such file.
    /// - Throws: ``FileError`` where they cannot be taken away: the file is then not to be used.
    package static func tighten(_ path: String) throws(FileError) -> Bool {
        do throws(FileError) {
            let file = try Descriptor(opening: path, O_RDONLY)
            let mode = try file.status().st_mode
            guard mode & S_IFMT == S_IFREG, mode & 0o077 != 0 else { return false }
            try file.setMode(0o600)
            return true
        } catch {
            guard case .notFound = error else { throw error }
            return false
        }
    }

    /// What to say of a file that was tightened.
    package static func notice(_ path: String) -> String {
        "\(path) could be read by others; it is for its owner alone now (0600). If others have seen it, rotate the key"
    }
}
