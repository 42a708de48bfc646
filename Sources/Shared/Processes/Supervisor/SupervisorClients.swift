import CProcesses
import Glibc

/// What a connected client asks for, one line each.
enum SupervisorCommand {
    /// `cancel`: end the program and all that belongs to it.
    case cancel
    /// `attach OFFSET w|r EPOCH`: join the session; from here on the connection carries frames.
    case attach(LiveSession.Request)

    init?(_ line: [UInt8]) {
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        switch (words.first, words.count) {
        case ("cancel", 1): self = .cancel
        case ("attach", 4):
            guard let offset = UInt64(words[1]), ["w", "r"].contains(words[2]), let epoch = UInt64(words[3]) else {
                return nil
            }
            self = .attach(.init(offset: offset, isWriter: words[2] == "w", epoch: epoch))
        default: return nil
        }
    }
}

/// What becomes of a command's connection.
enum CommandAnswer {
    case said(String)
    /// It belongs to the session from now on.
    case joined
}

/// Those connected to the session's socket. Each line is answered with `ok` or `error TEXT`, but for one
/// that joins the session; a client that says nothing just waits for the connection to close, which happens when the exit record is there.
struct SupervisorClients {
    private struct Client {
        let fd: Int32
        var line: [UInt8] = []
    }

    private static let most = 128
    private static let longestLine = 256
    private let socket: Int32
    private var all: [Client] = []

    init(socket: Int32) { self.socket = socket }

    /// What to poll for: the socket while there is room, beside those who have joined, and the clients.
    func descriptors(joined: Int) -> [Int32] { (all.count + joined < Self.most ? [socket] : []) + all.map(\.fd) }

    /// Handles one readable descriptor of `descriptors`.
    mutating func serve(_ fd: Int32, _ handle: (SupervisorCommand, Int32, [UInt8]) -> CommandAnswer) {
        if fd == socket {
            let accepted = cp_unix_accept(socket)
            if accepted >= 0 { all.append(Client(fd: accepted)) }
            return
        }
        guard let index = all.firstIndex(where: { $0.fd == fd }) else { return }
        switch read(&all[index], handle) {
        case .stays: break
        case .gone:
            close(fd)
            all.remove(at: index)
        case .left: all.remove(at: index)
        }
    }

    /// The end for everyone: closes all connections and the socket.
    func farewell() {
        for client in all { close(client.fd) }
        close(socket)
    }

    private enum Turn {
        case stays
        /// It has ended, talks nonsense without end or does not take its answers.
        case gone
        /// The connection is another's.
        case left
    }

    private func read(_ client: inout Client, _ handle: (SupervisorCommand, Int32, [UInt8]) -> CommandAnswer) -> Turn {
        var bytes = [UInt8](repeating: 0, count: Self.longestLine)
        let count = Glibc.read(client.fd, &bytes, bytes.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? .stays : .gone }
        guard count > 0 else { return .gone }
        for (place, byte) in bytes.prefix(count).enumerated() {
            guard byte == UInt8(ascii: "\n") else {
                client.line.append(byte)
                guard client.line.count <= Self.longestLine else { return .gone }
                continue
            }
            let rest = Array(bytes[place + 1..<count])
            let answer = SupervisorCommand(client.line).map { handle($0, client.fd, rest) }
            client.line = []
            switch answer ?? .said("error unknown command") {
            case .joined: return .left
            case .said(let text):
                let line = Array((text + "\n").utf8)
                guard Glibc.write(client.fd, line, line.count) == line.count else { return .gone }
            }
        }
        return .stays
    }
}
