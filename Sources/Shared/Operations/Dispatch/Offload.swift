import Dispatch

/// Runs work that waits for a disk on a Dispatch thread, so that no thread of the pool does: for the services behind
/// operations on either side.
package func offload<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global(qos: .utility).async {
            continuation.resume(with: Result { try body() })
        }
    }
}
