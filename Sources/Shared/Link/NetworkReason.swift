import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// What the network's errors say, in the system's words and without the names of our libraries.
package enum NetworkReason {
    /// The reason in few words, as in `Connection refused`; no full stop.
    package static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError: text(error)
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOSSLError: text(error)
        case let error as ChannelError: text(error)
        case is SocketAddressError, is SocketAddressError.UnknownHost: "no address found for the name"
        default: "\(error)"
        }
    }

    /// Each reason once: a name with several addresses is usually refused at all of them alike.
    private static func text(_ error: NIOConnectionError) -> String {
        var reasons: [String] = []
        for reason in error.connectionErrors.map({ text($0.error) }) where !reasons.contains(reason) {
            reasons.append(reason)
        }
        return reasons.isEmpty ? "no address found for the name" : reasons.joined(separator: ", ")
    }

    private static func text(_ error: NIOSSLError) -> String {
        switch error {
        case .handshakeFailed(.zeroReturn), .uncleanShutdown:
            "the connection was closed by the other side"
        case .handshakeFailed: "the other side does not speak TLS 1.3 as a hub does"
        default: "TLS failed: \(error)"
        }
    }

    private static func text(_ error: ChannelError) -> String {
        switch error {
        case .connectTimeout(let limit): "no answer within \(limit.nanoseconds / 1_000_000_000) s"
        case .eof, .inputClosed, .outputClosed, .ioOnClosedChannel, .alreadyClosed: "the connection was closed"
        default: "\(error)"
        }
    }
}
