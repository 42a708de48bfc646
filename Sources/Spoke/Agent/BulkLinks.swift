import CallProtocol
import Link
import NIOCore
package import Operations
import Synchronization

/// Links beside the control link, for the bytes of tunnels: dialled when the hub asks for them, and again when it asks again. One
/// that was lost is not missed until then, because connections go over the control link meanwhile.
package final class BulkLinks: Sendable {
    private struct State {
        var dial: (@Sendable (Int) async throws -> Link)?
        var links: [Int: Link] = [:]
        /// Slots that are being dialled.
        var dialling: [Int: Task<Void, any Error>] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// What the hub asks for.
    package var entries: [OperationEntry] {
        [
            LinkOperations.open.handled { input, _ in
                for slot in 0..<input.slots { try await self.open(slot) }
                return Empty()
            }
        ]
    }

    /// - Parameter dial: makes the link of a slot, accepted by the hub.
    func attach(_ dial: @escaping @Sendable (Int) async throws -> Link) { state.withLock { $0.dial = dial } }

    /// Sees to it that the link of a slot stands.
    private func open(_ slot: Int) async throws {
        let dialling: Task<Void, any Error>? = try state.withLock { state in
            guard let dial = state.dial, !state.isClosed else { throw CallError(.unavailable, "the spoke is stopping") }
            if let link = state.links[slot], !link.hasEnded, link.farewell == nil { return nil }
            if let dialling = state.dialling[slot] { return dialling }
            // A task of its own: the link is not the caller's who happened to ask for it.
            let task = Task { self.keep(try await dial(slot), slot) }
            state.dialling[slot] = task
            return task
        }
        defer { state.withLock { if $0.dialling[slot] == dialling { $0.dialling[slot] = nil } } }
        do { try await dialling?.value } catch let error as DialError { throw error.callError }
    }

    private func keep(_ link: Link, _ slot: Int) {
        let isWanted = state.withLock { state in
            if !state.isClosed { state.links[slot] = link }
            return !state.isClosed
        }
        guard isWanted else { return link.abort() }
        link.end.whenComplete { _ in
            self.state.withLock { state in
                if state.links[slot] === link { state.links[slot] = nil }
            }
        }
    }

    /// Those that stand, to be ended; no others follow.
    func close() -> [Link] {
        state.withLock { state in
            state.isClosed = true
            return Array(state.links.values)
        }
    }
}
