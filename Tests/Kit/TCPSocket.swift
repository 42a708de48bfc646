import Foundation
import Glibc

/// A plain socket on loopback that blocks, for at most half a minute at a time; to be used within ``blocking(_:)``.
package final class TCPSocket: Sendable {
    package struct Failure: Error, CustomStringConvertible, Hashable {
        package let call: String
        package let code: Int32

        package init(call: String, code: Int32) {
            self.call = call
            self.code = code
        }

        package var description: String { "\(call): \(String(cString: strerror(code)))" }
    }

    package let descriptor: Int32

    private init(_ descriptor: Int32) throws {
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 90, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { close(descriptor) }

    private convenience init() throws { try self.init(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)) }

    /// Listens on a free port of 127.0.0.1, or on the one given.
    /// - Parameter queue: how many connections may wait to be accepted.
    package static func listening(port: Int = 0, queue: Int32 = 1_024) throws -> TCPSocket {
        let socket = try TCPSocket()
        var one: Int32 = 1
        setsockopt(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        try socket.with(port) { try check("bind", bind(socket.descriptor, $0, $1)) }
        try check("listen", listen(socket.descriptor, queue))
        return socket
    }

    package static func connected(to port: Int) throws -> TCPSocket {
        let socket = try TCPSocket()
        try socket.with(port) { try check("connect", Glibc.connect(socket.descriptor, $0, $1)) }
        return socket
    }

    private func with(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Void) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        try withUnsafePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    package var port: Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return Int(in_port_t(bigEndian: address.sin_port))
    }

    package func accept() throws -> TCPSocket { try TCPSocket(Glibc.accept(descriptor, nil, nil)) }

    package func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            try Self.check("send", Int32(clamping: count))
            sent += count
        }
    }

    /// At least one byte; none at the end.
    package func receive(upTo count: Int = 65_536) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { room, used in
            let got = recv(descriptor, room.baseAddress, count, 0)
            try Self.check("recv", Int32(clamping: got))
            used = got
        }
    }

    /// Exactly so many, fewer at the end.
    package func receive(exactly count: Int) throws -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            let part = try receive(upTo: min(65_536, count - all.count))
            if part.isEmpty { break }
            all += part
        }
        return all
    }

    package func receiveToEnd() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let part = try receive()
            if part.isEmpty { return all }
            all += part
        }
    }

    /// Half-close.
    package func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends it with a reset.
    package func reset() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        // An association with nothing ends the connection, and leaves the number ours.
        var nothing = sockaddr(sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        Glibc.connect(descriptor, &nothing, socklen_t(MemoryLayout<sockaddr>.size))
    }

    private static func check(_ call: String, _ result: Int32) throws {
        if result < 0 { throw Failure(call: call, code: errno) }
    }
}
