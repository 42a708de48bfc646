import CallProtocol
import NIOCore
import Operations
import Processes

/// From the caller to the program.
extension ProgramSession {
    /// Written bytes that are acknowledged together while more is at hand.
    private static var acknowledgeEvery: Int { 128 * 1024 }

    /// Reads the stream to its end, whatever the program does.
    func receive() async {
        do {
            while let part = try await stream.next() {
                switch part {
                case .bytes(.stdin, let bytes):
                    let rest = writeNow(bytes)
                    guard rest.readableBytes == 0 || stdin.push(rest) else {
                        return refuse(.flow, "more than \(stdin.window) bytes of stdin are unacknowledged")
                    }
                case .empty(.stdin): stdin.end()
                case .control(let json): try obey(json)
                case .empty(.control): break
                case .bytes(let type, _), .empty(let type):
                    return refuse(.protocolViolation, "a caller sends no chunks of type \(type.rawValue)")
                }
            }
            stdin.end()
        } catch is JSONParseError {
            refuse(.frame, "a control chunk holds no JSON object")
        } catch {
            fail(error)
        }
    }

    /// Writes what fits where nothing waits before it, as mostly with a key. - Returns: the rest.
    private func writeNow(_ bytes: ByteBuffer) -> ByteBuffer {
        guard stdin.isIdle, bytes.readableBytes <= Self.fewBytes,
            case .bytes(var count)? = try? bytes.withUnsafeReadableBytes({ try program.writeNow($0) })
        else { return bytes }
        var rest = bytes
        let written = rest.readSlice(length: count)
        stdin.passed(count, last: written?.readableBytesView.last ?? 0)
        owe(&count)
        return rest
    }

    private func refuse(_ code: LinkCode, _ reason: String) {
        stream.reset(code, reason)
        fail(StreamFailure(code, reason))
    }

    /// What is unknown is ignored: it may belong to a later version.
    private func obey(_ json: ByteBuffer) throws(JSONParseError) {
        let control = try RawJSON(validating: json).value()
        guard control.objectValue != nil else { return refuse(.frame, "a control chunk holds no JSON object") }
        switch control["type"]?.stringValue {
        case "signal":
            if let signal = control["name"]?.stringValue.flatMap(ProcessSignal.init(rawValue:)) {
                // As a terminal does where its person interrupts: what nobody has read is thrown away.
                if control["flush"]?.boolValue == true {
                    stdin.drop()
                    program.flushInput()
                }
                pass(signal)
            }
        case "resize":
            // A size that is none changes nothing.
            if let size = try? JSONCoding.decode(TerminalRequest.self, from: json) { program.resize(size.size) }
        case "eof": stdin.end()
        default: break
        }
    }

    private func pass(_ signal: ProcessSignal) {
        guard typesSignals else { return program.signal(signal) }
        // Where there is no room for one more key, the terminal's own person would not be heard either.
        if let key = signal.key { withUnsafeBytes(of: key) { _ = try? program.writeNow($0) } }
    }

    /// Writes what was received to the program and acknowledges it. What a program no longer reads is dropped, and
    /// acknowledged too: its caller need not know.
    func feed() async throws -> Step {
        var pending = 0
        var isRefused = false
        while let bytes = await stdin.next() {
            var bytes = bytes
            if !isRefused {
                do {
                    try await write(&bytes, pending: &pending)
                } catch is ProcessIOError {
                    isRefused = true
                }
            }
            pending += bytes.readableBytes
            if pending >= Self.acknowledgeEvery {
                try await acknowledge(&pending)
            } else if stdin.isEmpty {
                owe(&pending)
            }
        }
        try await acknowledge(&pending)
        if !isRefused, !stdin.isClosed {
            try? await InputEnd(clock: clock, hasTerminal: program.hasTerminal, look: program.terminalInput).tell {
                [program, stdin] isFirst in
                try await program.endInput(isInLine: isFirst && stdin.isInLine)
            }
        }
        return .fed
    }

    /// Takes from `bytes` what it has written.
    private func write(_ bytes: inout ByteBuffer, pending: inout Int) async throws {
        let drops = stdin.drops
        while bytes.readableBytes > 0, stdin.drops == drops {
            switch try bytes.withUnsafeReadableBytes({ try program.writeNow($0) }) {
            case .bytes(let count):
                bytes.moveReaderIndex(forwardBy: count)
                pending += count
            case .wouldBlock:
                // Before waiting, so that the caller's window is as wide as it can be.
                try await acknowledge(&pending)
                try await program.waitWritable()
            }
        }
    }

    /// Acknowledges what was taken, at once.
    private func acknowledge(_ pending: inout Int) async throws {
        pending += stdin.takeDropped()
        stdin.acknowledge(pending)
        owed.add(pending)
        pending = 0
        try await tellOwed()
    }

    /// Acknowledges what was taken with the output that comes next, or a little later: mostly it is the echo of a key.
    private func owe(_ pending: inout Int) {
        pending += stdin.takeDropped()
        stdin.acknowledge(pending)
        owed.add(pending)
        pending = 0
        if owed.begin() { tellLater() }
    }

    private func tellLater() {
        stream.later(Self.patience) {
            switch self.owed.due() {
            case .nothing: break
            case .tell: self.overdue.fire()
            case .later: self.tellLater()
            }
        }
    }

    /// Acknowledges what was taken and is not told yet.
    func tellOwed() async throws {
        guard let total = owed.take() else { return }
        var chunk = ByteBuffer()
        chunk.writeAcknowledgement(total)
        try await send(chunk)
    }

    /// Tells what no output came for.
    func acknowledgeLate() async throws -> Step {
        var count: UInt64 = 0
        while true {
            try await overdue.wait(after: count)
            count = overdue.count
            try await tellOwed()
        }
    }

    /// How long an acknowledgement waits for output to go with.
    private static var patience: Duration { .milliseconds(20) }
}
