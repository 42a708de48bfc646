import Synchronization

/// Collects values from any thread.
package final class Recorder<Element: Sendable>: Sendable {
    private let kept = Mutex<[Element]>([])

    package init() {}

    package func add(_ element: Element) { kept.withLock { $0.append(element) } }

    package var all: [Element] { kept.withLock { $0 } }

    package var count: Int { kept.withLock { $0.count } }
}
