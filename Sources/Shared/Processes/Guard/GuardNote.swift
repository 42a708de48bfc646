import Glibc

/// What a ``ChildGuard`` tells its helper: 16 bytes in the machine's order, at once or not at all.
package struct GuardNote: Sendable, Equatable {
    package enum News: Sendable, Equatable {
        /// It is about to be started, and will write to the pipe of this number, 0 where that is not known.
        case starts(pipe: UInt64)
        /// It runs, as the leader of a process group, since so many clock ticks after boot; 0 where that is to be looked up.
        case runs(pid: Int32, since: UInt64 = 0)
        /// Nothing of it is left.
        case isOver
    }

    package static let length = 16

    /// Which program; no two that live have the same.
    package let program: UInt32
    package let news: News

    package init(_ program: UInt32, _ news: News) {
        self.program = program
        self.news = news
    }

    package var bytes: [UInt8] {
        let (pid, rest): (Int32, UInt64) =
            switch news {
            case .starts(let pipe): (0, pipe)
            case .runs(let pid, let ticks): (pid, ticks)
            case .isOver: (-1, 0)
            }
        return withUnsafeBytes(of: program) { Array($0) } + withUnsafeBytes(of: pid) { Array($0) }
            + withUnsafeBytes(of: rest) { Array($0) }
    }

    /// Nil for what names no program: 1 is the first process of all, and smaller numbers are groups and everybody.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        let (program, pid, rest) = bytes.withUnsafeBytes { raw in
            (
                raw.loadUnaligned(as: UInt32.self), raw.loadUnaligned(fromByteOffset: 4, as: Int32.self),
                raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            )
        }
        switch pid {
        case 0: self.init(program, .starts(pipe: rest))
        case -1: self.init(program, .isOver)
        case 2...: self.init(program, .runs(pid: pid, since: rest))
        default: return nil
        }
    }
}
