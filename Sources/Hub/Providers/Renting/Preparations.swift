import CallProtocol
import Core
import Synchronization

/// What goes ahead of creates and may take longer than one of them may wait, such as fetching an image. Each goes on by itself
/// until it is over; who wants the same meanwhile joins it.
final class Preparations: Sendable {
    struct Key: Hashable {
        var operation: String
        var input: JSONValue
    }

    enum Outcome: Sendable, Equatable {
        /// It is over; with what went wrong, in words, where something did.
        case over(fault: String?)
        /// It is not over yet.
        case goesOn
    }

    private final class Work: Sendable {
        struct End {
            var fault: String?
            var time: ContinuousClock.Instant
        }

        let signal = ChangeSignal()
        let end = Mutex<End?>(nil)
    }

    /// At once, at most.
    private static let most = 64
    /// How long it is remembered how one ended that nobody has asked for since.
    private static let memory = Duration.seconds(600)

    /// How long one may take.
    private static let limit = Duration.seconds(1_800)

    /// The same, which is given up when it has taken too long.
    private static func bounded(_ body: @escaping @Sendable () async -> String?) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask { await body() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return "it was not over within \(limit.components.seconds / 60) min"
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    private let works = Mutex<[Key: Work]>([:])

    /// Begins it, or joins it where it goes on, and waits for its end.
    /// - Parameters:
    ///   - deadline: until when it is waited for.
    ///   - body: what is done; what went wrong, in words.
    func run(
        _ key: Key, until deadline: ContinuousClock.Instant, _ body: @escaping @Sendable () async -> String?
    ) async -> Outcome {
        guard let work = join(key, body) else { return .goesOn }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await work.signal.wait(after: 0) }
            group.addTask { try? await Task.sleep(until: deadline, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
        guard let end = work.end.withLock({ $0 }) else { return .goesOn }
        works.withLock { if $0[key] === work { $0[key] = nil } }
        return .over(fault: end.fault)
    }

    /// - Returns: nil where too many go on already.
    private func join(_ key: Key, _ body: @escaping @Sendable () async -> String?) -> Work? {
        let (work, isNew) = works.withLock { works -> (Work?, Bool) in
            let now = ContinuousClock.now
            works = works.filter { _, work in work.end.withLock { $0.map { now - $0.time < Self.memory } ?? true } }
            if let work = works[key] { return (work, false) }
            guard works.count < Self.most else { return (nil, false) }
            let work = Work()
            works[key] = work
            return (work, true)
        }
        if isNew, let work {
            Task {
                let fault = await Self.bounded(body)
                work.end.withLock { $0 = Work.End(fault: fault, time: .now) }
                work.signal.fire()
            }
        }
        return work
    }
}
