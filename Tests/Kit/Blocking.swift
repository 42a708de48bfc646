import Dispatch

/// Runs what blocks on a thread outside the cooperative pool, which has as many threads as the machine has cores: a test
/// that blocks one of them holds up all others.
package func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result { try body() }) }
    }
}
