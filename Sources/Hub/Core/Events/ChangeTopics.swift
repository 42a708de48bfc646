import Synchronization

/// A ``ChangeSignal`` for each thing that somebody watches; those without watchers cost nothing.
final class ChangeTopics: Sendable {
    private let topics = Mutex<[String: (signal: ChangeSignal, watchers: Int)]>([:])

    /// The signal of a topic, to be given back with ``release(_:)``.
    func acquire(_ topic: String) -> ChangeSignal {
        topics.withLock { topics in
            let signal = topics[topic]?.signal ?? ChangeSignal()
            topics[topic] = (signal, (topics[topic]?.watchers ?? 0) + 1)
            return signal
        }
    }

    func release(_ topic: String) {
        topics.withLock { topics in
            guard let entry = topics[topic] else { return }
            topics[topic] = entry.watchers > 1 ? (entry.signal, entry.watchers - 1) : nil
        }
    }

    func fire(_ topic: String) { topics.withLock { $0[topic]?.signal }?.fire() }
}
