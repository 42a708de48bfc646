import Foundation
import Glibc
import Harness

/// Blocking sockets on loopback.
enum Loopback {
    static func connect(to port: Int) throws -> Int32 {
        let socket = try make()
        guard with(port, { Glibc.connect(socket, $0, $1) }) == 0 else {
            close(socket)
            throw BenchFailure("cannot connect to port \(port): \(String(cString: strerror(errno)))")
        }
        return socket
    }

    static func listen(on port: Int) throws -> Int32 {
        let socket = try make()
        guard with(port, { bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 1024) == 0 else {
            throw BenchFailure("cannot listen on port \(port): \(String(cString: strerror(errno)))")
        }
        return socket
    }

    private static func make() throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw BenchFailure("no socket: \(String(cString: strerror(errno)))") }
        var one: Int32 = 1
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        return socket
    }

    private static func with(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Writes all of it; false where that cannot be.
    @discardableResult
    static func write(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = send(socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    /// Waits until a port answers.
    static func await(_ port: Int) throws {
        for _ in 0..<200 {
            if let socket = try? connect(to: port) {
                close(socket)
                return
            }
            usleep(25_000)
        }
        throw BenchFailure("nothing answers on port \(port)")
    }
}

/// What tunnels lead to: it does what the first byte of a connection says.
///
/// Its threads and their memory are there before a connection comes: what it costs to make them is no part of what is measured.
final class Endpoint: Sendable {
    enum Manner: UInt8 {
        /// Takes all, and says at the end how much it was, as eight bytes.
        case take = 1
        /// Says as much as it can.
        case give = 2
        case echo = 3
    }

    static let block = 256 << 10
    /// Connections that are served at once.
    private static let most = 32
    let port: Int

    init() throws {
        port = try Workshop.freePort()
        let listener = try Loopback.listen(on: port)
        for _ in 0..<Self.most {
            Thread.detachNewThread {
                var room = [UInt8](repeating: 0, count: Self.block)
                room.withUnsafeMutableBytes { room in
                    while case let socket = accept(listener, nil, nil), socket >= 0 {
                        Self.serve(socket, room)
                        close(socket)
                    }
                }
            }
        }
    }

    private static func serve(_ socket: Int32, _ room: UnsafeMutableRawBufferPointer) {
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        guard recv(socket, room.baseAddress, 1, 0) == 1, let manner = Manner(rawValue: room[0]) else { return }
        switch manner {
        case .take:
            var total: UInt64 = 0
            while case let count = recv(socket, room.baseAddress, block, 0), count > 0 { total += UInt64(count) }
            withUnsafeBytes(of: total) { _ = Loopback.write(socket, $0) }
        case .give: while Loopback.write(socket, UnsafeRawBufferPointer(room)) {}
        case .echo:
            while case let count = recv(socket, room.baseAddress, block, 0), count > 0 {
                guard Loopback.write(socket, .init(rebasing: room[..<count])) else { return }
            }
        }
    }
}
