import CProcesses

/// How a program ended.
package struct ProcessExit: Sendable, Equatable {
    /// 0...255: what it exited with, or 128 plus the signal that ended it.
    package let code: Int32
    /// The signal that ended it, nil when it exited by itself.
    package let signal: Int32?

    package init(code: Int32, signal: Int32? = nil) {
        self.code = code
        self.signal = signal
    }

    init(_ raw: cp_exit) {
        self.init(code: raw.code, signal: raw.signal == 0 ? nil : raw.signal)
    }

    /// What a shell reports: the code, or 128 plus the signal.
    package var shellCode: Int32 { signal.map { 128 + $0 } ?? code }
    /// The signal's name without SIG, nil when the program exited by itself.
    package var signalName: String? { signal.map(ProcessSignal.name(of:)) }
}
