import CallProtocol
import Daemon
import NIOCore
import Operations
import Synchronization

/// A workload from its submit to its end: what becomes of it on stderr, its output on stdout and stderr, live.
final class RunFollower: Sendable {
    private let connector: HubConnector
    private let id: String
    private let voice: RunVoice
    private let shownOutput: RunOutput
    private let control: RunControl
    private let latest: Mutex<WorkloadView>
    private let board = Mutex(RentBoard())
    /// How long the rest of an ended attempt's output is waited for when nothing comes.
    private static let logPatience = Duration.seconds(15)
    /// How long to look for a hub that was lost.
    private static let patience = Duration.seconds(24 * 3_600)

    init(_ connector: HubConnector, _ view: WorkloadView, voice: RunVoice, control: RunControl) {
        self.connector = connector
        id = view.id
        self.voice = voice
        self.control = control
        shownOutput = RunOutput(printer: voice.printer, voice: voice)
        latest = Mutex(view)
    }

    /// Follows to the end.
    /// - Parameter limit: how long at most; nil for as long as it takes.
    /// - Returns: the code to exit with.
    /// - Throws: a ``Failure`` of exit code 75 when the time is over; the workload goes on.
    func run(within limit: Duration?) async throws -> Int32 {
        let drawing = voice.isLive ? Task { await draw() } : nil
        defer { voice.clear() }
        let result = await result(within: limit)
        drawing?.cancel()
        await drawing?.value
        guard let last = try result.get() else {
            voice.endLine()
            throw Failure(
                .timeout, "\(latest.withLock { $0 }.name) has not ended in the time of --wait; it goes on",
                advice: "follow it: capstan workload logs -f \(id)")
        }
        return try await conclude(last)
    }

    /// - Returns: the workload at its end; nil when the time is over.
    private func result(within limit: Duration?) async -> Result<WorkloadView?, any Error> {
        do { return .success(try await followed(within: limit)) } catch { return .failure(error) }
    }

    private func followed(within limit: Duration?) async throws -> WorkloadView? {
        try await withThrowingTaskGroup(of: WorkloadView?.self) { race in
            race.addTask { try await self.follow() }
            if let limit {
                race.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
            }
            defer { race.cancelAll() }
            return try await race.next() ?? nil
        }
    }

    private static let drawingPause = Duration.seconds(1)

    /// Draws anew how far a machine is that comes, until its task is cancelled.
    private func draw() async {
        while (try? await Task.sleep(for: Self.drawingPause)) != nil {
            board.withLock { voice.draw($0.line(at: .now), of: latest.withLock { $0 }) }
        }
    }

    /// Tells how far the machines are that are rented for it.
    private func tell(ofMachines view: WorkloadView) {
        guard voice.printer.format == .table, let rented = view.rented else { return }
        board.withLock { board in
            let lines = board.take(rented.map(RentBoard.Machine.init), at: .now)
            if !lines.isEmpty { voice.tell(lines.joined(separator: "\n"), of: view) }
            voice.draw(board.line(at: .now), of: view)
        }
    }

    private func follow() async throws -> WorkloadView {
        let (views, feed) = AsyncStream.makeStream(of: WorkloadView.self, bufferingPolicy: .bufferingNewest(1))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { feed.finish() }
                try await self.watch { feed.yield($0) }
            }
            defer { group.cancelAll() }
            return try await output(views, group: &group)
        }
    }

    /// Shows the output of each attempt in turn, until the workload has ended.
    private func output(
        _ views: AsyncStream<WorkloadView>, group: inout ThrowingTaskGroup<Void, any Error>
    ) async throws -> WorkloadView {
        var shown = 0
        for await view in views {
            while let next = latest.withLock({ $0 }).attempts.first(where: { $0.number > shown && $0.hasOutput }) {
                try await showLog(of: next)
                shown = next.number
                voice.finished(shown)
            }
            if view.isTerminal { return view }
        }
        // The watch ended before the workload: its error is the reason.
        while try await group.next() != nil {}
        throw CallError(.unavailable, "the workload can no longer be followed")
    }

    private func showLog(of attempt: AttemptView) async throws {
        let input = WorkloadLogsInput(workload: id, attempt: attempt.number, follow: true)
        let log = LogFollower(connector, input, patience: Self.patience)
        let isComplete = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await log.run { try await self.shownOutput.write($0, $1, attempt: attempt.number) }
                return true
            }
            group.addTask {
                try await self.waitInVain(for: log, of: attempt)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
        try await shownOutput.finish(attempt: attempt.number)
        if !isComplete {
            voice.notice(
                "the rest of attempt \(attempt.number)'s output is still on \(attempt.node); "
                    + "later: capstan workload logs \(id) --attempt \(attempt.number) --offset \(log.offset)")
        }
    }

    /// Returns when the attempt has ended and its output has not moved for a while.
    private func waitInVain(for log: LogFollower, of attempt: AttemptView) async throws {
        var patience = OutputPatience(limit: Self.logPatience, lostLimit: .seconds(1))
        while true {
            try await Task.sleep(for: .milliseconds(500))
            let view = latest.withLock { $0 }
            let now = view.attempts.first { $0.number == attempt.number } ?? attempt
            let hasEnded = view.isTerminal || now.hasEnded
            if patience.isOver(hasEnded: hasEnded, isLost: now.state == "lost", idle: log.idle, at: .now) { return }
        }
    }

    /// Hears of every change, over as many links as it takes.
    private func watch(_ changed: @Sendable (WorkloadView) -> Void) async throws {
        var deadline = Deadline(in: Self.patience)
        var pause = RetryPause()
        while true {
            let connection = try await connector.connection(until: deadline)
            do {
                let subscription = try connection.calls.subscribe(
                    WorkloadOperations.watch, WorkloadRef(workload: id))
                while let view = try await subscription.next() {
                    deadline = Deadline(in: Self.patience)
                    pause = RetryPause()
                    if view.isTerminal { control.ended() }
                    // Told before it is known here: whoever shows output looks at what is known.
                    tell(ofMachines: view)
                    if let notice = view.notice(after: latest.withLock { $0 }) { voice.tell(notice, of: view) }
                    latest.withLock { $0 = view }
                    changed(view)
                    if view.isTerminal { return }
                }
                throw CallError(.unavailable, "the hub stopped telling about the workload")
            } catch let error as CallError {
                let isLoss = connection.isLoss(error)
                guard isLoss, deadline.left != nil else { throw error }
                voice.notice("the hub is away; trying again")
                guard try await deadline.pause(&pause) else { throw error }
            }
        }
    }

    /// The last words, after all output.
    private func conclude(_ view: WorkloadView) async throws -> Int32 {
        voice.finished(.max)
        for notice in view.cutNotices { voice.notice(notice) }
        try await shownOutput.conclude(view)
        if control.isCancelled, view.state == "cancelled" {
            voice.complain(Failure(.aborted, "cancelled"))
            return 130
        }
        if let complaint = view.complaint { voice.complain(.failed(complaint)) }
        return view.processCode
    }
}
