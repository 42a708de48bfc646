import CProcesses
import Glibc

/// A connection to the socket of a running session.
struct SupervisorConnection {
    /// What a session says whose program has ended.
    static let ended = "error the program has ended"
    private let end: PipeEnd

    /// Connects, or returns nil when nobody listens or too many wait.
    static func open(_ directory: String, poller: Poller) throws(SystemError) -> SupervisorConnection? {
        try connect(directory).map { SupervisorConnection(end: PipeEnd($0, .read, poller: poller)) }
    }

    /// A connected socket, its owner's to close; nil when nobody listens or too many wait.
    static func connect(_ directory: String) throws(SystemError) -> Int32? {
        let opened = cp_open(directory, O_RDONLY | O_DIRECTORY, 0)
        if opened == -ENOENT { return nil }
        // Through the open directory, because a socket's own path may have 107 bytes only.
        let folder = Descriptor(try SystemError.check("open \(directory)", opened))
        let socket = cp_unix_connect("/proc/self/fd/\(folder.fd)/" + SessionFiles.socket)
        switch -socket {
        case ECONNREFUSED, ENOENT, EAGAIN: return nil
        default: return try SystemError.check("connect to a session", socket)
        }
    }

    /// Sends one command; false when the session is not running, or ends before it answers.
    static func ask(_ command: String, of directory: String, poller: Poller) async throws -> Bool {
        try await whileRunning(directory) { () throws(SystemError) in try open(directory, poller: poller) }?
            .ask(command) ?? false
    }

    /// What `open` brings, tried again while it brings nothing; nil once the session is not running.
    static func whileRunning<Result>(
        _ directory: String, _ open: () throws(SystemError) -> Result?
    ) async throws -> Result? {
        var pause = Duration.milliseconds(1)
        while true {
            guard case .running = try SupervisorClient.inspect(directory) else { return nil }
            if let result = try open() { return result }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(200))
        }
    }

    private func ask(_ command: String) async throws -> Bool {
        let line = Array((command + "\n").utf8)
        // A few bytes into an empty socket buffer: they fit or the connection is gone.
        guard case .bytes(line.count)? = try? line.withUnsafeBytes({ try end.write($0) }) else { return false }
        let answer = try await readAnswer()
        if answer == "ok" { return true }
        if answer.isEmpty || answer == Self.ended { return false }
        throw SupervisorError.command(answer)
    }

    /// Returns when the supervisor closes the connection, which is when the session is over.
    func waitForClose() async throws {
        while true {
            let (_, ended) = try await readSome()
            if ended { return }
        }
    }

    private func readAnswer() async throws -> String {
        var all: [UInt8] = []
        while all.count < 4096 {
            let (bytes, ended) = try await readSome()
            all += bytes
            if ended || all.contains(UInt8(ascii: "\n")) { break }
        }
        return String(decoding: all.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private func readSome() async throws -> (bytes: [UInt8], ended: Bool) {
        var chunk = [UInt8](repeating: 0, count: 512)
        while true {
            // A connection that was reset has ended as well.
            switch (try? chunk.withUnsafeMutableBytes { try end.read(into: $0) }) ?? .end {
            case .bytes(let count): return (Array(chunk[..<count]), false)
            case .end: return ([], true)
            case .wouldBlock: try await end.ready()
            }
        }
    }
}
