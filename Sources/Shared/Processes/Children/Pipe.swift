import CProcesses
import Glibc

/// A descriptor that is closed when it is let go, unless taken.
final class Descriptor {
    private(set) var fd: Int32

    init(_ fd: Int32) { self.fd = fd }

    deinit { if fd >= 0 { close(fd) } }

    /// Hands the descriptor over to the caller.
    func take() -> Int32 {
        defer { fd = -1 }
        return fd
    }
}

/// A new pipe, closed on exec.
struct Pipe {
    let reading: Descriptor
    let writing: Descriptor

    init(capacity: Int32) throws(LaunchError) {
        var ends: [Int32] = [-1, -1]
        let result = cp_pipe(&ends, capacity)
        guard result == 0 else { throw LaunchError(code: -result, program: "pipe") }
        reading = Descriptor(ends[0])
        writing = Descriptor(ends[1])
    }
}
