import Glibc

/// Small reads below a root directory that a test can put elsewhere; what cannot be read is simply not there.
struct HostTree {
    private let root: String

    init(root: String) {
        self.root = root.hasSuffix("/") ? root : root + "/"
    }

    func exists(_ path: String) -> Bool {
        access(root + path, F_OK) == 0
    }

    /// The first 64 KiB of a file at most, without white space around it; nil when it is missing, unreadable or empty.
    func text(_ path: String) -> String? {
        guard let bytes = try? AtomicFile.read(root + path, limit: 65_536) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let trimmed = text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    /// The names in a directory, sorted; empty when it cannot be read.
    func names(_ path: String) -> [String] {
        guard let directory = opendir(root + path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Where a symbolic link points; nil when it is none.
    func link(_ path: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(root + path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
