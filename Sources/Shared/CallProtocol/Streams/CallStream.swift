package import NIOCore

/// One bidirectional, flow-controlled byte channel, whatever carries it: a stream of a link, or a pair in memory.
///
/// Reading and writing are each for one task at a time. A stream that failed throws its failure from both.
package protocol CallStream: AnyObject, Sendable {
    /// The bytes that have arrived, at least one, in portions of any size; nil after the peer's END.
    func read() async throws(StreamFailure) -> ByteBuffer?
    /// What ``read()`` would return at once.
    func readNow() -> StreamReading
    /// Runs `body` once when there is something to read, the end and a failure among it. False, and `body` forgotten, where
    /// there is already. In place of a task that waits in ``read()``, never beside it.
    func whenReadable(_ body: @escaping @Sendable () -> Void) -> Bool
    /// Why it failed, once it has.
    var failure: StreamFailure? { get }
    /// Whether the peer's END has come and nothing is left to read.
    var hasEnded: Bool { get }
    /// Queues `bytes` and returns when the queue is short enough to write more.
    func write(_ bytes: ByteBuffer) async throws(StreamFailure)
    /// Queues `bytes` where that needs no waiting. False, and nothing queued, where it does, and where nothing can be written.
    func writeNow(_ bytes: ByteBuffer) -> Bool
    /// Lets what was written leave now and not at the end of the turn of what carries it. Without effect elsewhere than there.
    func flush()
    /// Runs `body` once when there is room for what ``writeNow(_:)`` refused, or the stream has failed. False, and `body`
    /// forgotten, where that is so already.
    func whenWritable(_ body: @escaping @Sendable () -> Void) -> Bool
    /// Half-close: END after everything that was written. Idempotent.
    func finish()
    /// Ends both halves at once; what was not sent is dropped. Idempotent, without effect on an ended stream.
    func reset(_ code: LinkCode, _ reason: String)
    /// The same once everything that was written has been sent, or cannot be soon; what is written from now on is dropped.
    /// - Parameter body: run when it has happened, at once where the stream is over.
    func resetBehind(_ code: LinkCode, _ reason: String, then body: @escaping @Sendable () -> Void)
    /// Runs `body` once when the stream fails, at once if it already has; not when it ends well.
    func onFailure(_ body: @escaping @Sendable (StreamFailure) -> Void)
    /// What carries it: who reads and writes there wakes no other thread. Nil where there is none.
    var eventLoop: (any EventLoop)? { get }
    /// Bounds what the decoders of all streams of one link may hold together.
    var assembly: AssemblyBudget { get }
}

extension CallStream {
    package var eventLoop: (any EventLoop)? { nil }

    package func flush() {}
}

/// What a stream has for who does not wait.
package enum StreamReading: Sendable {
    case bytes(ByteBuffer)
    /// The peer's END, and nothing before it.
    case ended
    case failed(StreamFailure)
    case nothing
}
