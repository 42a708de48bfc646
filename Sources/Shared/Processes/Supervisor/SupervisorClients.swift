import CProcesses
import Glibc

/// What a connected client asks for, one line each.
enum SupervisorCommand {
    /// `cancel`: end the program and all that belongs to it.
    case cancel

    init?(_ line: [UInt8]) {
        guard String(decoding: line, as: UTF8.self) == "cancel" else { return nil }
        self = .cancel
    }
}

/// Those connected to the session's socket. Each line is answered with `ok` or `error TEXT`; a client that says
/// nothing just waits for the connection to close, which happens when the exit record is there.
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

    /// What to poll for: the socket while there is room, and the clients.
    var descriptors: [Int32] { (all.count < Self.most ? [socket] : []) + all.map(\.fd) }

    /// Handles one readable descriptor of `descriptors`.
    mutating func serve(_ fd: Int32, _ handle: (SupervisorCommand) -> String) {
        if fd == socket {
            let accepted = cp_unix_accept(socket)
            if accepted >= 0 { all.append(Client(fd: accepted)) }
            return
        }
        guard let index = all.firstIndex(where: { $0.fd == fd }) else { return }
        if !read(&all[index], handle) {
            close(fd)
            all.remove(at: index)
        }
    }

    /// The end for everyone: closes all connections and the socket.
    func farewell() {
        for client in all { close(client.fd) }
        close(socket)
    }

    /// False when the client is gone, talks nonsense without end or does not take its answers.
    private func read(_ client: inout Client, _ handle: (SupervisorCommand) -> String) -> Bool {
        var bytes = [UInt8](repeating: 0, count: Self.longestLine)
        let count = Glibc.read(client.fd, &bytes, bytes.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR }
        guard count > 0 else { return false }
        for byte in bytes.prefix(count) {
            guard byte == UInt8(ascii: "\n") else {
                client.line.append(byte)
                guard client.line.count <= Self.longestLine else { return false }
                continue
            }
            let answer = SupervisorCommand(client.line).map(handle) ?? "error unknown command"
            client.line = []
            let line = Array((answer + "\n").utf8)
            guard Glibc.write(client.fd, line, line.count) == line.count else { return false }
        }
        return true
    }
}
