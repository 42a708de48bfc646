import Daemon
import Glibc

/// SIGINT and SIGTERM as a sequence, from the moment it is made.
struct Interrupts: Sendable {
    enum Wish: Sendable {
        /// Ctrl-C.
        case interrupt
        case terminate
    }

    let wishes: AsyncStream<Wish>
    private let watch: SignalWatch?

    /// Wishes from elsewhere: a test's.
    init(wishes: AsyncStream<Wish>) {
        self.wishes = wishes
        watch = nil
    }

    /// - Throws: when the process has a watch already.
    init() throws {
        let (wishes, feed) = AsyncStream.makeStream(of: Wish.self, bufferingPolicy: .bufferingOldest(16))
        self.wishes = wishes
        watch = try SignalWatch([SIGINT, SIGTERM]) { number in
            feed.yield(number == SIGTERM ? .terminate : .interrupt)
        }
    }

    /// Gives the signals their own effect back.
    func stop() { watch?.stop() }
}
