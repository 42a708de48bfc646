/// Which output of a program.
package enum ProcessOutput: Sendable, Hashable, CaseIterable {
    case stdout
    case stderr
}

/// What a read that does not wait brought.
package enum ReadResult: Sendable, Equatable {
    /// So many bytes, at least one.
    case bytes(Int)
    /// Nothing at the moment.
    case wouldBlock
    /// The end: every writer has closed it.
    case end
}

/// What a write that does not wait took.
package enum WriteResult: Sendable, Equatable {
    /// So many bytes, at least one.
    case bytes(Int)
    /// The pipe is full at the moment.
    case wouldBlock
}

/// Why bytes could not be passed to or from a program.
package enum ProcessIOError: Error, Sendable, Equatable {
    /// Nobody reads the program's stdin any more (EPIPE), or it was closed on our side.
    case closed
    case system(SystemError)
}
