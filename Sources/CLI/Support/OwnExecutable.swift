import Glibc

/// The file this process runs, also after it was replaced on disk by an upgrade.
enum OwnExecutable {
    static func path() throws -> String {
        guard let path = realpath("/proc/self/exe", nil) else {
            throw Failure.failed("cannot find this program's own file: \(String(cString: strerror(errno)))")
        }
        defer { free(path) }
        return String(cString: path)
    }
}
