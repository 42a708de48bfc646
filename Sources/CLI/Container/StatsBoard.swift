import CallProtocol
import Formats
import Operations

/// A table of what containers use, drawn anew as they tell.
struct StatsBoard: Sendable {
    /// A container that is looked at.
    struct Watched: Sendable {
        let name: String
        let node: String
        let container: String
    }

    private enum Word: Sendable {
        case stats(Int, ContainerStats)
        case ended(Int, CallError?)
        case tick
    }

    let printer: Printer
    /// Whether it goes on.
    let isLive: Bool
    /// Of each look.
    let deadline: Deadline

    /// Shows them until all have ended, or once.
    func run(_ watched: [Watched], _ calls: CallClient) async throws {
        let (words, feed) = AsyncStream.makeStream(
            of: Word.self, bufferingPolicy: .bufferingNewest(4 * watched.count + 4))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (place, one) in watched.enumerated() { group.addTask { await follow(place, one, calls, feed) } }
            if isLive {
                group.addTask {
                    while !Task.isCancelled {
                        try await Task.sleep(for: .seconds(1))
                        feed.yield(.tick)
                    }
                }
            }
            try await show(words, watched)
            group.cancelAll()
        }
    }

    private func follow(
        _ place: Int, _ one: Watched, _ calls: CallClient, _ feed: AsyncStream<Word>.Continuation
    ) async {
        do throws(CallError) {
            let input = ContainerStatsInput(container: one.container, once: isLive ? nil : true)
            let stats = try calls.subscribe(
                ContainerOperations.stats, input, .init(node: .named(one.node), deadlineMs: deadline.callMs))
            while let next = try await stats.next() { feed.yield(.stats(place, next)) }
            feed.yield(.ended(place, nil))
        } catch {
            feed.yield(.ended(place, error))
        }
    }

    private func show(_ words: AsyncStream<Word>, _ watched: [Watched]) async throws {
        var rows: [ContainerStats?] = watched.map { _ in nil }
        var open = watched.count
        var failure: CallError?
        var drawn = 0
        for await word in words {
            switch word {
            case .stats(let place, let stats):
                rows[place] = stats
                if printer.format != .table { try await tell(stats, watched[place]) }
            case .ended(let place, let error):
                rows[place] = isLive ? nil : rows[place]
                failure = failure ?? error
                open -= 1
            case .tick: if printer.format == .table { drawn = try await draw(rows, watched, over: drawn) }
            }
            if open == 0 { break }
        }
        if !isLive, printer.format == .table { _ = try await draw(rows, watched, over: 0) }
        if let failure { throw failure }
    }

    private func tell(_ stats: ContainerStats, _ one: Watched) async throws {
        var value = try JSONCoding.value(of: stats)
        value["container"] = .string(one.container)
        value["name"] = .string(one.name)
        value["node"] = .string(one.node)
        try await printer.element(value) { "" }
    }

    /// Draws the table over what was drawn before. - Returns: how many lines it has.
    private func draw(_ rows: [ContainerStats?], _ watched: [Watched], over lines: Int) async throws -> Int {
        let table = Table(
            [
                .init("NAME"), .init("CPU %", isNumber: true), .init("MEMORY", isNumber: true),
                .init("LIMIT", isNumber: true), .init("NET IN", isNumber: true), .init("NET OUT", isNumber: true),
                .init("READ", isNumber: true), .init("WRITTEN", isNumber: true), .init("PROCESSES", isNumber: true),
            ],
            rows: zip(watched, rows).map { one, stats in
                [.init(one.name)]
                    + [
                        stats.map { Self.percent($0.cpuPercent) }, stats.map { ByteSize.string($0.memoryUsed) },
                        stats.flatMap { $0.memoryLimit.map { ByteSize.string($0) } },
                        stats.map { ByteSize.string($0.networkReceived) },
                        stats.map { ByteSize.string($0.networkSent) },
                        stats.map { ByteSize.string($0.blockRead) }, stats.map { ByteSize.string($0.blockWritten) },
                        stats.flatMap { $0.processes.map { "\($0)" } },
                    ].map { Table.Cell($0) }
            })
        // Back to the first line, and what stands there goes (ECMA-48 CPL, ED).
        let back = lines > 0 ? "\u{1B}[\(lines)F\u{1B}[J" : ""
        try await printer.text(back + table.text(coloured: printer.isColoured))
        return watched.count + 1
    }

    private static func percent(_ value: Double) -> String {
        let tenths = Int64((min(max(value.isFinite ? value : 0, 0), 1e9) * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
