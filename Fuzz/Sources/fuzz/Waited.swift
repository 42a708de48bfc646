import Dispatch
import Synchronization

/// What `body` returns or throws. libFuzzer knows no tasks: its thread waits.
func waited<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) -> Result<Value, any Error> {
    let done = DispatchSemaphore(value: 0)
    let outcome = Outcome<Value>()
    Task {
        do {
            outcome.set(.success(try await body()))
        } catch {
            outcome.set(.failure(error))
        }
        done.signal()
    }
    done.wait()
    return outcome.value ?? .failure(CancellationError())
}

/// A result that a task leaves for a thread that waits.
private final class Outcome<Value: Sendable>: Sendable {
    private let stored = Mutex<Result<Value, any Error>?>(nil)

    var value: Result<Value, any Error>? { stored.withLock { $0 } }

    func set(_ value: Result<Value, any Error>) { stored.withLock { $0 = value } }
}
