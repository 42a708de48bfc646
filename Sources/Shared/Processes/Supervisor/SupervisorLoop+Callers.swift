import CProcesses
import Glibc

/// What clients and callers who have joined want.
extension SupervisorLoop {
    /// What a client's command does, and the answer.
    func obey(_ command: SupervisorCommand, _ fd: Int32, _ rest: [UInt8]) -> CommandAnswer {
        guard case .running = phase else { return .said(SupervisorConnection.ended) }
        switch command {
        case .cancel:
            stop(.cancelled)
            return .said("ok")
        case .attach(let request):
            guard let live else { return .said("error nobody can join this program") }
            live.join(fd, request, said: rest, program)
            live.catchUp(fd, take)
            if request.isWriter { joinBy = nil }
            return .joined
        }
    }

    /// Obeys a frame of a caller who has joined; false for one that may not be.
    func take(_ caller: Attachment, _ type: UInt8, _ payload: ArraySlice<UInt8>) -> Bool {
        let bytes = Array(payload.prefix(8))
        switch type {
        case SessionFrame.input:
            // Of who was replaced meanwhile it is nobody's any more.
            guard caller.isWriter else { return true }
            guard program.push(payload) else { return false }
            program.feed()
        case SessionFrame.endOfInput: if caller.isWriter { program.endInputLater() }
        case SessionFrame.resize:
            guard bytes.count == 8 else { return false }
            let numbers = stride(from: 0, to: 8, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
            if caller.isWriter { resize(numbers) }
        case SessionFrame.signal:
            guard bytes.count == 3, caller.isWriter else { return bytes.count == 3 }
            if bytes[1] == 1 { program.dropInput() }
            if bytes[2] == 0 { signal(Int32(bytes[0])) } else { program.type(bytes[2]) }
        default: return false
        }
        return true
    }

    private func resize(_ numbers: [UInt16]) {
        let size = TerminalSize(
            columns: numbers[0], rows: numbers[1], pixelWidth: numbers[2], pixelHeight: numbers[3])
        guard program.hasTerminal, program.output >= 0, PseudoTerminal.resize(program.output, size) else { return }
        if size != self.size { recording.note(size, time: Time.unixMicroseconds()) }
        self.size = size
    }

    private func signal(_ number: Int32) {
        guard case .running = phase, number > 0, number < 65 else { return }
        _ = kill(-program.foreground, number)
    }

    /// Ends a session that goes with its caller once they are gone, or have never come.
    func watchCallers(_ now: UInt64) {
        guard !outlives, let live else { return }
        guard live.hasLostOpener || joinBy.map({ now >= $0 }) ?? false else { return }
        // As where a terminal hangs up: what the program put into the background may go on.
        callerLeft = true
        stop(.cancelled)
    }
}
