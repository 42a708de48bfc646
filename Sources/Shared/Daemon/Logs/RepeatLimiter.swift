/// Decides which of many equal log lines are written: the first ``limit`` in a window, then none, then how many there were.
///
/// A pure value: the caller brings the time. It remembers at most ``capacity`` keys.
struct RepeatLimiter<Key: Hashable & Sendable>: Sendable {
    /// Lines held back for one key in one window that has ended.
    struct Summary: Sendable {
        let key: Key
        let times: Int
    }

    /// What to do with a line.
    struct Decision: Sendable {
        /// Whether it is to be written.
        var isAdmitted: Bool
        /// What was held back in windows that have ended.
        var ended: [Summary]
    }

    private struct Window: Sendable {
        let start: Int64
        var count: Int

        func isOver(at now: Int64, length: Int64) -> Bool {
            // A clock set back must not keep a window open for ever.
            now < start || now - start >= length
        }
    }

    let limit: Int
    /// Milliseconds.
    let length: Int64
    let capacity: Int
    private var windows: [Key: Window] = [:]
    private var lastSweep: Int64?

    init(limit: Int, window: Duration, capacity: Int = 512) {
        self.limit = max(limit, 1)
        length = max(window.components.seconds * 1000 + window.components.attoseconds / 1_000_000_000_000_000, 1)
        self.capacity = max(capacity, 1)
    }

    /// Counts one line at `now` (milliseconds) and decides.
    mutating func admit(_ key: Key, at now: Int64) -> Decision {
        var ended = isSweepDue(at: now) ? sweep(at: now) : []
        var window = windows[key] ?? Window(start: now, count: 0)
        if window.isOver(at: now, length: length) {
            if window.count > limit { ended.append(Summary(key: key, times: window.count - limit)) }
            window = Window(start: now, count: 0)
        }
        window.count += 1
        // A key that finds no room is not limited: losing lines silently would be worse than a busy log.
        if windows[key] != nil || windows.count < capacity { windows[key] = window }
        return Decision(isAdmitted: window.count <= limit, ended: ended)
    }

    /// Now and then is enough: a sweep reads every window.
    private func isSweepDue(at now: Int64) -> Bool {
        guard let lastSweep else { return true }
        return now < lastSweep || now - lastSweep >= length / 4
    }

    private mutating func sweep(at now: Int64) -> [Summary] {
        lastSweep = now
        let length = length
        return close { $0.isOver(at: now, length: length) }
    }

    /// What was held back in all windows; for the end of the program.
    mutating func drain() -> [Summary] {
        close { _ in true }
    }

    private mutating func close(where isDone: (Window) -> Bool) -> [Summary] {
        var summaries: [Summary] = []
        for (key, window) in windows where isDone(window) {
            windows[key] = nil
            if window.count > limit { summaries.append(Summary(key: key, times: window.count - limit)) }
        }
        return summaries
    }
}
