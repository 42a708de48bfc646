import CallProtocol
import Daemon
import NIOCore
import Operations
import Synchronization

/// A workload from its submit to its end: what becomes of it on stderr, its output on stdout and stderr, live.
final class RunFollower: Sendable {
    private let connector: HubConnector
    private let id: String
    private let printer: Printer
    private let patience: Duration
    private let latest: Mutex<WorkloadView>
    private let isCancelled = Mutex(false)
    /// How long the rest of an ended attempt's output is waited for when nothing comes.
    private static let logPatience = Duration.seconds(15)

    /// - Parameter patience: how long to look for a hub that was lost.
    init(_ connector: HubConnector, _ view: WorkloadView, printer: Printer, patience: Duration) {
        self.connector = connector
        id = view.id
        self.printer = printer
        self.patience = patience
        latest = Mutex(view)
    }

    /// Follows to the end. - Returns: the code to exit with.
    func run() async throws -> Int32 {
        let interrupts = try Interrupts()
        let (views, feed) = AsyncStream.makeStream(of: WorkloadView.self, bufferingPolicy: .bufferingNewest(1))
        let last = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.obey(interrupts) }
            group.addTask {
                defer { feed.finish() }
                try await self.watch { feed.yield($0) }
            }
            defer { group.cancelAll() }
            return try await output(views, group: &group)
        }
        await connector.close()
        return conclude(last)
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
            }
            if view.isTerminal { return view }
        }
        // The watch ended before the workload: its error is the reason.
        while try await group.next() != nil {}
        throw CallError(.unavailable, "the workload can no longer be followed")
    }

    private func showLog(of attempt: AttemptView) async throws {
        let input = WorkloadLogsInput(workload: id, attempt: attempt.number, follow: true)
        let log = LogFollower(connector, input, patience: patience)
        let printer = LogPrinter(printer: logPrinter)
        let isComplete = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await log.run { try await printer.write($0, $1) }
                return true
            }
            group.addTask {
                try await self.waitInVain(for: log, of: attempt)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
        if !isComplete {
            self.printer.notice(
                "the rest of attempt \(attempt.number)'s output is still on \(attempt.node); "
                    + "later: capstan workload logs \(id) --attempt \(attempt.number) --offset \(log.offset)")
        }
    }

    /// Returns when the attempt has ended and its output has not moved for a while.
    private func waitInVain(for log: LogFollower, of attempt: AttemptView) async throws {
        while true {
            try await Task.sleep(for: .milliseconds(500))
            let view = latest.withLock { $0 }
            let state = view.attempts.first { $0.number == attempt.number }?.state ?? attempt.state
            let hasEnded = view.isTerminal || ["succeeded", "failed", "cancelled", "lost"].contains(state)
            let limit = state == "lost" ? .seconds(1) : Self.logPatience
            if hasEnded, log.idle > limit { return }
        }
    }

    /// Hears of every change, over as many links as it takes.
    private func watch(_ changed: @Sendable (WorkloadView) -> Void) async throws {
        var deadline = Deadline(in: patience)
        var pause = RetryPause()
        while true {
            let connection = try await connector.connection(until: deadline)
            do {
                let subscription = try connection.calls.subscribe(
                    WorkloadOperations.watch, WorkloadRef(workload: id))
                while let view = try await subscription.next() {
                    deadline = Deadline(in: patience)
                    pause = RetryPause()
                    let before = latest.withLock { latest in
                        defer { latest = view }
                        return latest
                    }
                    if let notice = view.notice(after: before) { printer.notice(notice) }
                    changed(view)
                    if view.isTerminal { return }
                }
                throw CallError(.unavailable, "the hub stopped telling about the workload")
            } catch let error as CallError {
                let isLoss = connection.isLoss(error)
                guard isLoss, deadline.left != nil else { throw error }
                printer.notice("the hub is away; trying again")
                guard try await deadline.pause(&pause) else { throw error }
            }
        }
    }

    /// The first Ctrl-C cancels the workload, the second leaves it alone, also while the hub is away.
    private func obey(_ interrupts: Interrupts) async {
        await withTaskGroup { group in
            for await wish in interrupts.wishes {
                if latest.withLock({ $0 }).isTerminal { return }
                let isFirst = isCancelled.withLock { isCancelled in
                    defer { isCancelled = true }
                    return !isCancelled
                }
                guard isFirst, case .interrupt = wish else {
                    StandardError.write("capstan: detached; it goes on: capstan workload logs -f \(id)\n")
                    CommandRunner.leave(.interrupted)
                }
                printer.notice("cancelling; Ctrl-C again leaves it to itself")
                group.addTask { await self.cancel() }
            }
        }
    }

    private func cancel() async {
        do {
            _ = try await connector.ask(WorkloadOperations.cancel, WorkloadRef(workload: id), wait: .seconds(30))
        } catch {
            // The end of the workload may come before the answer to the wish for it.
            if Task.isCancelled || latest.withLock({ $0 }).isTerminal { return }
            StandardError.write("capstan: cannot cancel: \(CellText.lines(Failure(error).message))\n")
        }
    }

    private func conclude(_ view: WorkloadView) -> Int32 {
        if isCancelled.withLock({ $0 }), view.state == "cancelled" {
            StandardError.write("capstan: cancelled\n")
            return 130
        }
        if let complaint = view.complaint { StandardError.write("capstan: \(CellText.lines(complaint))\n") }
        return view.processCode
    }

    /// The program's own output is never wrapped in JSON here.
    private var logPrinter: Printer {
        Printer(
            format: .table, isQuiet: printer.isQuiet, isColoured: false, isIndented: false, output: printer.output,
            now: printer.now)
    }
}
