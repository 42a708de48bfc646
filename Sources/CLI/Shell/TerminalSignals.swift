import Daemon
import Glibc

/// What the system tells a process about its terminal and its own end, from the moment this is made.
struct TerminalSignals: Sendable {
    enum News: Sendable {
        case resized
        /// It goes on after it was stopped, and the terminal may be as others left it.
        case continued
        /// Ctrl-C where the terminal is not ours alone, or somebody's `kill -INT`.
        case interrupt
        case terminate
        /// The terminal is gone.
        case hangUp
    }

    let news: AsyncStream<News>
    private let watch: SignalWatch

    /// - Throws: when the process has a watch already.
    init() throws {
        let (news, feed) = AsyncStream.makeStream(of: News.self, bufferingPolicy: .bufferingNewest(16))
        self.news = news
        watch = try SignalWatch([SIGWINCH, SIGCONT, SIGINT, SIGTERM, SIGHUP]) { number in
            switch number {
            case SIGWINCH: feed.yield(.resized)
            case SIGCONT: feed.yield(.continued)
            case SIGINT: feed.yield(.interrupt)
            case SIGTERM: feed.yield(.terminate)
            default: feed.yield(.hangUp)
            }
        }
    }
}
