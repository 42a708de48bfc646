import Foundation
import Glibc

/// A listening port whose queue is full, so that the system drops what wants to connect without a word: as an address
/// behind a firewall looks.
final class FullPort: Sendable {
    /// The system gave no such port.
    struct Unavailable: Error {}

    let port: Int
    private let sockets: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 0) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        // A queue of length 0 holds one; the others hang, and are not waited for.
        var waiting: [Int32] = []
        for _ in 0..<3 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
            }
            waiting.append(client)
        }
        sockets = [listener] + waiting
        guard listener >= 0, isListening else { throw Unavailable() }
    }

    /// Whether somebody else waits for a connection too: a fourth one in state SYN_SENT to this port would be ours.
    var isAwaited: Bool {
        // In portions: the table says nothing of its size.
        let bytes = try? FileHandle(forReadingAtPath: "/proc/net/tcp")?.readToEnd()
        let table = String(decoding: bytes ?? Data(), as: UTF8.self)
        let here = "0100007F:" + String(format: "%04X", port)
        let hanging = table.split(separator: "\n").count { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[2] == here && fields[3] == "02"
        }
        return hanging >= 3
    }

    func close() { for socket in sockets { Glibc.close(socket) } }
}
