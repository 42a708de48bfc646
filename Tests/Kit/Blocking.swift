import Foundation

/// Runs what blocks on a thread of its own. Those of the pools are few, and new ones come slowly while others are blocked: a test
/// that blocks one of them holds up all others, for half a minute and more.
package func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}
