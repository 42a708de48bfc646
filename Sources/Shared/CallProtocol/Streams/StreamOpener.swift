package import NIOCore

/// Where calls can be started: a link, or a registry in the same process.
package protocol StreamOpener: Sendable {
    /// Starts a stream whose first bytes are `opening`. Nothing waits: a refusal shows as the stream's failure.
    func openStream(_ opening: ByteBuffer) -> any CallStream
}
