import Synchronization

/// Which requests go wrong, and how. Operations have the names of the provider's document (its operationId).
///
/// For a request, the first of these decides: the oldest fault queued for its operation, the oldest queued for
/// ``anyOperation``, and then the rules in the order in which they were given. What is drawn follows from the seed and the
/// order of requests. Nothing goes wrong for a request with a wrong key, or beyond a quota.
package final class FaultPlan: Sendable {
    /// Stands for every operation.
    package static let anyOperation = "*"

    /// A fault that has happened to a request.
    package struct Injection: Sendable, Hashable {
        package let operation: String
        package let fault: Fault
    }

    private struct Rule {
        let operation: String
        let fault: Fault
        let probability: Double
    }

    private struct State {
        var random: SeededRandom
        var queues: [String: [Fault]] = [:]
        var rules: [Rule] = []
        var injections: [Injection] = []
    }

    private let state: Mutex<State>

    package init(seed: UInt64 = 0) {
        state = Mutex(State(random: SeededRandom(seed: seed)))
    }

    /// The next requests of the operation go wrong, one for each fault.
    package func queue(_ faults: Fault..., on operation: String) {
        state.withLock { $0.queues[operation, default: []] += faults }
    }

    /// The next so many requests of the operation go wrong in the same way.
    package func queue(_ fault: Fault, times: Int, on operation: String) {
        state.withLock { $0.queues[operation, default: []] += Array(repeating: fault, count: max(times, 0)) }
    }

    /// Requests of the operation go wrong with this probability, 0 to 1, until ``clear()``.
    package func rule(_ fault: Fault, probability: Double = 1, on operation: String = anyOperation) {
        state.withLock { $0.rules.append(Rule(operation: operation, fault: fault, probability: probability)) }
    }

    /// All goes well from now on.
    package func clear() {
        state.withLock { ($0.queues, $0.rules) = ([:], []) }
    }

    /// All goes well from now on for one operation.
    package func clear(_ operation: String) {
        state.withLock { state in
            state.queues[operation] = nil
            state.rules.removeAll { $0.operation == operation }
        }
    }

    /// What went wrong so far, oldest first.
    package var injections: [Injection] { state.withLock { $0.injections } }

    /// Faults that are queued and have not happened.
    package var queued: Int { state.withLock { $0.queues.values.reduce(0) { $0 + $1.count } } }

    /// What shall go wrong with a request of this operation.
    func next(_ operation: String) -> Fault? {
        state.withLock { state in
            let fault = Self.queued(operation, &state) ?? Self.drawn(operation, &state)
            if let fault { state.injections.append(Injection(operation: operation, fault: fault)) }
            return fault
        }
    }

    private static func queued(_ operation: String, _ state: inout State) -> Fault? {
        for name in [operation, anyOperation] where state.queues[name]?.isEmpty == false {
            return state.queues[name]?.removeFirst()
        }
        return nil
    }

    private static func drawn(_ operation: String, _ state: inout State) -> Fault? {
        for rule in state.rules where rule.operation == operation || rule.operation == anyOperation {
            if state.random.chance(rule.probability) { return rule.fault }
        }
        return nil
    }
}
