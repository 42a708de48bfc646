import Glibc
import Harness

/// A process of the benchmark on a terminal of its own, as a person has it.
final class TerminalChild {
    private var pid: pid_t
    private let master: Int32

    /// Of Linux's ioctls for terminals; Swift sees neither macro (asm-generic/ioctls.h).
    private static let unlock: UInt = 0x4004_5431
    private static let number: UInt = 0x8004_5430
    /// POSIX_SPAWN_SETSID of glibc's spawn.h.
    private static let newSession: Int16 = 0x80

    init(_ command: [String], environment: [String: String] = [:]) throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (zero, number) = (Int32(0), Int32(-1))
        guard master >= 0, ioctl(master, Self.unlock, &zero) == 0, ioctl(master, Self.number, &number) == 0 else {
            throw BenchFailure("no terminal: \(String(cString: strerror(errno)))")
        }
        self.master = master
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        pid = try Spawn.start(
            command, environment: environment.merging(["TERM": "xterm"]) { $1 }, terminal: "/dev/pts/\(number)",
            flags: Self.newSession)
    }

    deinit { stop() }

    func type(_ bytes: [UInt8]) { _ = write(master, bytes, bytes.count) }

    /// What it shows, as much as is there; waits for something.
    func read(_ room: inout [UInt8]) throws -> Int {
        let count = Glibc.read(master, &room, room.count)
        guard count > 0 else { throw BenchFailure("a process on a terminal ended") }
        return count
    }

    /// Reads until it has shown `text`.
    func shows(_ text: String) throws {
        let wanted = Array(text.utf8)
        var (seen, room) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while true {
            seen += room[..<(try read(&room))]
            if seen.count >= wanted.count, seen.indices.contains(where: { seen[$0...].starts(with: wanted) }) { return }
        }
    }

    func stop() {
        guard pid > 0 else { return }
        kill(pid, SIGKILL)
        _ = Spawn.wait(pid)
        close(master)
        pid = 0
    }
}
