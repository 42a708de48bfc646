import CProcesses
import Glibc

/// Our side of a terminal that a program runs on.
///
/// What it does to a terminal's settings goes to the program's side: Linux keeps one set for both.
struct PseudoTerminal {
    /// Closed on exec, and non-blocking.
    private let master: Descriptor
    /// Where the program opens its side.
    let path: String

    /// A new one of this size, with the usual settings and input taken for UTF-8, or one that passes every byte on.
    init(_ size: TerminalSize, isRaw: Bool = false) throws(LaunchError) {
        var name = [CChar](repeating: 0, count: 128)
        let opened = cp_terminal(&name, name.count)
        guard opened >= 0 else { throw LaunchError(code: -opened, program: "terminal") }
        master = Descriptor(opened)
        path = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        Self.set(opened, isRaw: isRaw)
        _ = Self.resize(opened, size)
    }

    private static func set(_ fd: Int32, isRaw: Bool) {
        var settings = termios()
        guard tcgetattr(fd, &settings) == 0 else { return }
        if isRaw { cfmakeraw(&settings) }
        // So that erasing a character erases all of its bytes.
        settings.c_iflag |= tcflag_t(IUTF8)
        tcsetattr(fd, TCSANOW, &settings)
    }

    /// Two descriptors of it, to read from and to write to, each its owner's to close. The program is hung up on when both
    /// are closed, and what was made of them.
    func ends() throws(LaunchError) -> (reading: Int32, writing: Int32) {
        let copy = fcntl(master.fd, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { throw LaunchError(code: errno, program: "terminal") }
        return (master.take(), copy)
    }

    /// Gives a terminal another size; the program in its foreground is told by SIGWINCH.
    static func resize(_ fd: Int32, _ size: TerminalSize) -> Bool {
        var window = winsize(
            ws_row: size.rows, ws_col: size.columns, ws_xpixel: size.pixelWidth, ws_ypixel: size.pixelHeight)
        return ioctl(fd, UInt(TIOCSWINSZ), &window) == 0
    }

    /// Throws away what was written to a terminal and not read: what is on the way to the program's side, and what is there.
    static func flushInput(_ fd: Int32) {
        tcflush(fd, TCOFLUSH)
        let side = Descriptor(cp_terminal_side(fd))
        if side.fd >= 0 { tcflush(side.fd, TCIFLUSH) }
    }

    /// The process group in a terminal's foreground; nil where there is none.
    static func foreground(_ fd: Int32) -> Int32? {
        var group: Int32 = 0
        guard ioctl(fd, UInt(TIOCGPGRP), &group) == 0, group > 1 else { return nil }
        return group
    }

    /// How a terminal takes input; nil where nobody has its other side any more.
    static func input(_ fd: Int32) -> TerminalInput? {
        let side = Descriptor(cp_terminal_side(fd))
        return side.fd >= 0 ? TerminalInput(side: side.fd) : nil
    }
}
