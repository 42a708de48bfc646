import Glibc
import Synchronization

/// Lines to a file of limited size, `PATH`, with `PATH.1` (the youngest) to `PATH.N` behind it; all 0600.
///
/// A line is never split over two files. What cannot be written (a full disk) is dropped.
package final class RotatingFile: LineSink {
    private struct State: ~Copyable {
        var file: Descriptor?
        var size: Int
    }

    private let path: String
    private let limit: Int
    private let keep: Int
    private let state: Mutex<State>

    /// Opens `path` to append to it.
    /// - Parameters:
    ///   - limit: bytes at which the next line begins a new file.
    ///   - keep: older files kept, 0 or more.
    /// - Throws: ``FileError`` when it cannot be opened.
    package init(path: String, limit: Int = 10 << 20, keep: Int = 3) throws(FileError) {
        self.path = path
        self.limit = max(limit, 1)
        self.keep = max(keep, 0)
        let file = try RotatingFile.open(path)
        let size = Int(try file.status().st_size)
        state = Mutex(State(file: file, size: size))
    }

    @discardableResult
    package func write(_ line: [UInt8]) -> Bool {
        state.withLock { state in
            if state.size > 0, state.size + line.count > limit { rotate(&state) }
            if state.file == nil { reopen(&state) }
            do throws(FileError) {
                guard state.file != nil else { throw .notFound(path) }
                try state.file?.write(line)
                state.size += line.count
                return true
            } catch {
                return false
            }
        }
    }

    private func rotate(_ state: inout State) {
        for index in stride(from: keep - 1, through: 0, by: -1) {
            rename(index == 0 ? path : "\(path).\(index)", "\(path).\(index + 1)")
        }
        if keep == 0 { unlink(path) }
        reopen(&state)
    }

    /// On failure the old file goes on being written to, past its limit: better than nowhere.
    private func reopen(_ state: inout State) {
        guard let file = try? RotatingFile.open(path) else { return }
        state.size = Int((try? file.status().st_size) ?? 0)
        state.file = consume file
    }

    private static func open(_ path: String) throws(FileError) -> Descriptor {
        let file = try Descriptor(opening: path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, mode: 0o600)
        try file.setMode(0o600)
        return file
    }
}
