package import CallProtocol
package import NIOCore

/// Whoever takes what arrives on a stream. Called on the stream's event loop only.
package protocol StreamConsumer: AnyObject {
    /// Bytes arrived; they count against the window until ``LinkStream/consumed(_:)`` says they were taken.
    func streamReceived(_ bytes: ByteBuffer)
    /// The peer will send no more.
    func streamEnded()
    /// The stream is over before its time; nothing follows.
    func streamFailed(_ failure: StreamFailure)
    /// `bytes` that were queued have become frames: there is room for more.
    func streamSent(_ bytes: Int)
}
