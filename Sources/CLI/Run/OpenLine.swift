import CallProtocol
import Glibc
import NIOCore
import Operations

/// Whether output stands at the middle of a line where a message of ours would come next. A value.
struct OpenLine: Sendable {
    /// Whether stdout and stderr are one terminal; else a message stands beside stderr's bytes alone.
    let sharesStdout: Bool
    private(set) var isOpen = false

    init(sharesStdout: Bool = isatty(1) == 1 && isatty(2) == 1) {
        self.sharesStdout = sharesStdout
    }

    /// To be called for all output that was passed on.
    mutating func wrote(_ stream: ChunkType, _ bytes: ByteBuffer) {
        guard stream == .stderr || sharesStdout, let last = bytes.readableBytesView.last else { return }
        isOpen = last != UInt8(ascii: "\n")
    }

    /// What a message has to begin with, so that it has a line of its own.
    mutating func close() -> String {
        defer { isOpen = false }
        return isOpen ? "\n" : ""
    }
}
