/// The end of a supervised program, as its supervisor left it on disk.
package struct ExitRecord: Sendable, Equatable {
    /// Why the program ended when it did.
    package enum Reason: String, Sendable {
        /// By itself.
        case none
        /// Somebody asked for it.
        case cancelled
        /// Its time was over.
        case timeLimit = "time_limit"
        /// It was never started; `launch` and `error` say why.
        case launch
        /// The supervisor was told to end, as at the machine's shutdown.
        case stopped
    }

    /// Which kind of `LaunchError` kept the program from starting.
    package enum Launch: String, Sendable {
        case notFound = "not_found"
        case notExecutable = "not_executable"
        case badDirectory = "bad_directory"
        case exhausted
        case other
    }

    /// Whose memory there was none of, when the kernel killed the program for that.
    package enum OutOfMemory: String, Sendable {
        /// The program's own limit.
        case limit
        /// The machine's, or that of a group above.
        case machine
    }

    /// The program's code and signal; 127 or 126 when it was never started.
    package var exit: ProcessExit
    package var reason: Reason
    package var launch: Launch?
    /// What the system said when the program could not be started, one line.
    package var error: String?
    /// Unix milliseconds.
    package var startedMs: Int64 = 0
    package var endedMs: Int64 = 0
    /// CPU time in microseconds of the program and its descendants.
    package var utimeUs: UInt64 = 0
    package var stimeUs: UInt64 = 0
    /// The largest resident set of any one of them; the system counts the supervisor's own, of a few MiB, in, so it is
    /// never less than that. In a control group it is the most that all of them had at once.
    package var maxRssBytes: UInt64 = 0
    /// All output of the program in bytes, recorded or not.
    package var outputBytes: UInt64 = 0
    /// Output that is in the recording.
    package var recordedBytes: UInt64 = 0
    /// Output lost because the disk took no more.
    package var gapBytes: UInt64 = 0

    /// The offset at which the log ends: output that is recorded, or is missing because the disk was full. The recording
    /// may end before it, where there was no room even to say what is missing.
    package var logLength: UInt64 {
        let (sum, overflow) = recordedBytes.addingReportingOverflow(gapBytes)
        return overflow ? recordedBytes : sum
    }

    /// Whether output was left out because of the log limit.
    package var truncated = false
    /// Whether something still held the output open when reading it was given up.
    package var outputOpen = false
    /// Descendants that even SIGKILL did not end in time.
    package var left: UInt64 = 0
    /// Set where the kernel killed in the program's control group for want of memory.
    package var outOfMemory: OutOfMemory?

    package init(exit: ProcessExit, reason: Reason = .none) {
        self.exit = exit
        self.reason = reason
    }

    init(launchError: LaunchError) {
        self.init(exit: ProcessExit(code: launchError.exitCode ?? 126), reason: .launch)
        error = String(launchError.description.map { $0.isNewline || $0 == "\0" ? " " : $0 })
        launch =
            switch launchError {
            case .programNotFound: .notFound
            case .notExecutable: .notExecutable
            case .badWorkingDirectory: .badDirectory
            case .resourceExhausted: .exhausted
            case .other: .other
            }
    }
}

/// The text form: one `key=value` a line, unknown keys ignored.
extension ExitRecord {
    /// What the exit file holds.
    package var text: String {
        var lines = ["code=\(exit.code)", "signal=\(exit.signal ?? 0)", "reason=\(reason.rawValue)"]
        if let launch { lines.append("launch=\(launch.rawValue)") }
        lines += [
            "startedMs=\(startedMs)", "endedMs=\(endedMs)", "utimeUs=\(utimeUs)", "stimeUs=\(stimeUs)",
            "maxRssBytes=\(maxRssBytes)", "outputBytes=\(outputBytes)", "recordedBytes=\(recordedBytes)",
            "gapBytes=\(gapBytes)", "truncated=\(truncated ? 1 : 0)", "outputOpen=\(outputOpen ? 1 : 0)",
            "left=\(left)",
        ]
        if let outOfMemory { lines.append("outOfMemory=\(outOfMemory.rawValue)") }
        if let error { lines.append("error=\(error)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads the text form; nil without a code, a signal and a known reason.
    package init?(text: String) {
        var fields: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            fields[line[..<equals]] = line[line.index(after: equals)...]
        }
        guard let code = fields["code"].flatMap({ Int32($0) }), let signal = fields["signal"].flatMap({ Int32($0) }),
            let reason = fields["reason"].flatMap({ Reason(rawValue: String($0)) })
        else { return nil }
        self.init(exit: ProcessExit(code: code, signal: signal == 0 ? nil : signal), reason: reason)
        func number<Value: FixedWidthInteger>(_ key: Substring) -> Value { fields[key].flatMap { Value($0) } ?? 0 }
        launch = fields["launch"].flatMap { Launch(rawValue: String($0)) }
        error = fields["error"].map(String.init)
        startedMs = number("startedMs")
        endedMs = number("endedMs")
        utimeUs = number("utimeUs")
        stimeUs = number("stimeUs")
        maxRssBytes = number("maxRssBytes")
        outputBytes = number("outputBytes")
        recordedBytes = number("recordedBytes")
        gapBytes = number("gapBytes")
        truncated = fields["truncated"] == "1"
        outputOpen = fields["outputOpen"] == "1"
        left = number("left")
        outOfMemory = fields["outOfMemory"].flatMap { OutOfMemory(rawValue: String($0)) }
    }
}
