import Glibc

/// How a terminal takes what is typed into it, at one moment.
package struct TerminalInput: Sendable, Equatable {
    package enum Mode: Sendable {
        /// Line by line: programs that read their input, and most shells while something runs.
        case lines
        /// Key by key, some of them with a meaning: what edits lines itself.
        case keys
        /// Every byte as it is.
        case bytes
    }

    package let mode: Mode
    /// Whether all that was typed has been read, the end of the input too.
    package let isRead: Bool
    /// What is typed for the end of the input; nil where no key is that.
    private let end: UInt8?
    /// It is so at first.
    private static let usualEnd: UInt8 = 0x04

    /// - Parameter side: the program's side of it.
    init?(side: Int32) {
        var settings = termios()
        guard tcgetattr(side, &settings) == 0 else { return nil }
        let takesLines = settings.c_lflag & tcflag_t(ICANON) != 0
        // Editors of lines leave either signals or the treatment of output to the terminal; who passes bytes on, neither.
        let hasKeys = settings.c_lflag & tcflag_t(ISIG) != 0 || settings.c_oflag & tcflag_t(OPOST) != 0
        mode = takesLines ? .lines : hasKeys ? .keys : .bytes
        var look = pollfd(fd: side, events: Int16(POLLIN), revents: 0)
        isRead = poll(&look, 1, 0) == 0
        let key = withUnsafeBytes(of: settings.c_cc) { $0[Int(VEOF)] }
        // What reads key by key has mostly taken the place of this setting for another.
        end = mode == .bytes ? nil : takesLines ? (key == 0 ? nil : key) : Self.usualEnd
    }

    /// What a person would type for the end of the input; nothing where every byte is passed on.
    /// - Parameter isInLine: whether the last byte typed was no newline. Then the first key only ends the line.
    package func endKeys(isInLine: Bool) -> [UInt8] {
        end.map { [UInt8](repeating: $0, count: isInLine && mode == .lines ? 2 : 1) } ?? []
    }

    /// The same where nobody knows how the terminal takes input: as it does at first.
    package static func usualEndKeys(isInLine: Bool) -> [UInt8] {
        [UInt8](repeating: usualEnd, count: isInLine ? 2 : 1)
    }
}
