import NIOCore
import NIOPosix
import Testing

@testable import Link

@Suite("What the network's errors say")
struct NetworkReasonTests {
    @Test("the system's words, and none of a library's")
    func words() {
        #expect(NetworkReason.text(IOError(errnoCode: ECONNREFUSED, reason: "connect")) == "Connection refused")
        #expect(NetworkReason.text(IOError(errnoCode: EADDRINUSE, reason: "bind")) == "Address already in use")
        #expect(NetworkReason.text(ChannelError.connectTimeout(.seconds(10))) == "no answer within 10 s")
        #expect(NetworkReason.text(ChannelError.eof) == "the connection was closed")
    }
}
