import CProcesses
import Glibc
import Synchronization

/// A caller's connection to a session: output comes, input goes. One task reads; any one at a time writes.
package final class SessionConnection: Sendable {
    /// What comes.
    package enum News: Sendable, Equatable {
        case output(Record.Kind, ArraySlice<UInt8>)
        /// So much input was given to the program, in all.
        case acknowledged(UInt64)
        /// Somebody else writes from now on.
        case replaced
        /// Output is made faster than it was taken here: the recording has what follows.
        case behind
    }

    /// The offset of the first output that comes; what lies before it is no longer in the session's memory.
    package let begin: UInt64
    /// Input that the session has taken in, in all: what was sent beyond it is to be sent again.
    package let accepted: UInt64
    /// Input that the program was given, in all.
    package let written: UInt64
    /// To join with again as the same one who writes; 0 for who only watches.
    package let epoch: UInt64
    private let reading: PipeEnd
    private let writing: PipeEnd
    private let unread: Mutex<Unread>

    /// What has come and was not handed out yet.
    private struct Unread {
        var buffer: [UInt8]
        var used = 0
    }

    private init?(greeting: [Substring], reading: PipeEnd, writing: PipeEnd, rest: [UInt8]) {
        guard greeting.count == 5, let begin = UInt64(greeting[1]), let accepted = UInt64(greeting[2]),
            let written = UInt64(greeting[3]), let epoch = UInt64(greeting[4])
        else { return nil }
        self.begin = begin
        self.accepted = accepted
        self.written = written
        self.epoch = epoch
        self.reading = reading
        self.writing = writing
        unread = Mutex(Unread(buffer: rest))
    }

    /// Joins the session in `directory`; nil when it is not running any more.
    /// - Parameters:
    ///   - offset: output that is there already; what comes later is wanted.
    ///   - isWriter: whether the input from here is the program's; who wrote before only watches then.
    ///   - epoch: as it was given to the one who writes when they joined before; nil for somebody new.
    package static func join(
        _ directory: String, from offset: UInt64, isWriter: Bool, epoch: UInt64? = nil, poller: Poller = .shared
    ) async throws -> SessionConnection? {
        let opened = try await SupervisorConnection.whileRunning(directory) { () throws(SystemError) in
            try SupervisorConnection.connect(directory)
        }
        guard let socket = opened else { return nil }
        let copy = fcntl(socket, F_DUPFD_CLOEXEC, 3)
        let reading = PipeEnd(socket, .read, poller: poller)
        guard copy >= 0 else { throw SystemError("join a session", code: errno) }
        let writing = PipeEnd(copy, .write, poller: poller)
        let command = Array("attach \(offset) \(isWriter ? "w" : "r") \(epoch ?? 0)\n".utf8)
        guard case .bytes(command.count)? = try? command.withUnsafeBytes({ try writing.write($0) }) else { return nil }
        var said: [UInt8] = []
        while !said.contains(UInt8(ascii: "\n")), said.count < 4096 {
            guard let more = try await read(reading, 4096) else { return nil }
            said += more
        }
        let line = said.prefix { $0 != UInt8(ascii: "\n") }
        let text = String(decoding: line, as: UTF8.self)
        if text == SupervisorConnection.ended { return nil }
        guard
            let connection = SessionConnection(
                greeting: text.split(separator: " "), reading: reading, writing: writing,
                rest: Array(said.dropFirst(line.count + 1)))
        else { throw SupervisorError.command(text) }
        return connection
    }

    /// What comes next; nil when the session is over, or this connection is: its directory tells.
    package func next() async throws -> News? {
        while true {
            if let news = unread.withLock({ Self.take(&$0) }) { return news }
            guard let more = try await Self.read(reading, 1 << 17) else { return nil }
            unread.withLock { unread in
                unread.buffer.removeFirst(unread.used)
                unread.used = 0
                if unread.buffer.isEmpty { unread.buffer = more } else { unread.buffer += more }
            }
        }
    }

    /// The next news that are there whole, nil in it for what no session says; nil where more has to come.
    private static func take(_ unread: inout Unread) -> News?? {
        while true {
            switch SessionFrame.parse(unread.buffer, from: unread.used) {
            case .malformed: return .some(nil)
            case .incomplete: return nil
            case .frame(let type, let payload):
                unread.used = payload.upperBound
                if let news = news(type, unread.buffer[payload]) { return news }
            }
        }
    }

    private static func news(_ type: UInt8, _ payload: ArraySlice<UInt8>) -> News? {
        switch type {
        case SessionFrame.stdout: .output(.stdout, payload)
        case SessionFrame.stderr: .output(.stderr, payload)
        case SessionFrame.acknowledged: .acknowledged(payload.reduce(0) { $0 << 8 | UInt64($1) })
        case SessionFrame.replaced: .replaced
        case SessionFrame.behind: .behind
        default: nil
        }
    }

    /// Input for the program. Never more than `inputWindow` bytes may be sent that are not acknowledged.
    /// - Throws: `ProcessIOError.closed` when the session is over.
    package func input(_ bytes: some RandomAccessCollection<UInt8>) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(SessionFrame.largest)
            var frame: [UInt8] = []
            frame.reserveCapacity(piece.count + SessionFrame.headLength)
            SessionFrame.head(SessionFrame.input, piece.count, to: &frame)
            frame += piece
            try await send(frame)
            rest = rest.dropFirst(piece.count)
        }
    }

    /// Bytes of input that may be under way.
    package static var inputWindow: Int { SupervisedProgram.inputWindow }

    package func endInput() async throws {
        try await send(SessionFrame.endOfInput)
    }

    package func resize(_ size: TerminalSize) async throws {
        var payload = ByteWriter()
        for number in [size.columns, size.rows, size.pixelWidth, size.pixelHeight] { payload.integer(number) }
        try await send(SessionFrame.resize, payload.all)
    }

    /// - Parameters:
    ///   - flush: whether input that the program has not read is thrown away first.
    ///   - typed: the key that is typed in its place; for programs that hear only what is typed.
    ///   - isRelayed: whether the program is one that passes it on.
    package func signal(
        _ signal: ProcessSignal, flush: Bool, typed: UInt8? = nil, isRelayed: Bool = false
    ) async throws {
        let number = isRelayed ? signal.relayed : signal.number
        try await send(SessionFrame.signal, [UInt8(clamping: number), flush ? 1 : 0, typed ?? 0])
    }

    /// Leaves. Who reads sees the end.
    package func close() {
        reading.close()
        writing.close()
    }

    private func send(_ type: UInt8, _ payload: [UInt8] = []) async throws {
        var frame: [UInt8] = []
        SessionFrame.add(type, payload, to: &frame)
        try await send(frame)
    }

    private func send(_ frame: [UInt8]) async throws {
        var done = 0
        while done < frame.count {
            switch try frame.withUnsafeBytes({ try writing.write(UnsafeRawBufferPointer(rebasing: $0[done...])) }) {
            case .bytes(let count): done += count
            case .wouldBlock: try await writing.ready()
            }
        }
    }

    /// Some bytes; nil at the end, that of a connection that was reset too.
    private static func read(_ end: PipeEnd, _ most: Int) async throws -> [UInt8]? {
        while true {
            var result = ReadResult.end
            let bytes = [UInt8](unsafeUninitializedCapacity: most) { room, count in
                result = (try? end.read(into: UnsafeMutableRawBufferPointer(room))) ?? .end
                if case .bytes(let read) = result { count = read }
            }
            switch result {
            case .bytes: return bytes
            case .end: return nil
            case .wouldBlock: try await end.ready()
            }
        }
    }
}
