import Archive
import ArgumentParser
import CallProtocol
import Daemon
import Formats
import Glibc
import Link
import Operations
import Synchronization

/// `capstan copy`
struct Copy: HubCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: "Copy files and folders to a node, from it, or from one node to another.",
        discussion: .flowing(
            """
            A place on a node is NODE:PATH; what is not absolute is in the home of the spoke's user. Into a folder that is \
            there, else to that name, as `cp -r` does it; SRC/. means what is in SRC. Modes and times come along; owners do \
            not. A file has its name when it is whole.

            When the link is lost the copy goes on by itself; when it was stopped, the same command goes on where it was, \
            if the source is still the same.

            Example:
              capstan copy model.bin gpu-1:/srv/models/
              capstan copy gpu-1:results/. ./results
              capstan copy *.csv gpu-1:/data
              capstan copy gpu-1:/srv/model gpu-2:/srv/
            """))

    @Argument(help: ArgumentHelp("What to copy, and last where to.", valueName: "place")) var places: [String]
    @Flag(name: [.short, .long], help: "Make the folders that are missing.") var parents = false
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        guard let last = places.last, places.count > 1 else {
            throw Failure.misuse(
                "only one place is given", advice: "say what to copy and where to: capstan copy FILE NODE:PATH")
        }
        let target = CopyPlace(last)
        let sources = places.dropLast().map { CopyPlace($0) }
        try Self.check(sources, target)
        let connector = try await connector()
        let present = Mutex<CopyRun?>(nil)
        let interrupts = try Interrupts()
        let guardian = Task {
            for await _ in interrupts.wishes {
                let run = present.withLock { $0 }
                await run?.target.stop(CancellationError())
                run?.progress.clear()
                StandardError.write("capstan: stopped; the same command goes on where it was\n")
                CommandRunner.leave(.interrupted)
            }
        }
        defer { guardian.cancel() }
        let manner = Destination.Manner(makesFolders: parents, into: sources.count > 1)
        for source in sources {
            let run = CopyRun(
                origin: origin(source, connector), target: try self.target(target, from: source, manner, connector),
                progress: CopyProgress(CellText.line(source.text)))
            present.withLock { $0 = run }
            try await carryOut(run, source, target)
        }
        await connector.close()
    }

    private static func check(_ sources: [CopyPlace], _ target: CopyPlace) throws {
        if case .here = target, let source = sources.first(where: { if case .here = $0 { true } else { false } }) {
            throw Failure.misuse(
                "\(source.text) and \(target.text) are both here", advice: "a place on a node is written NODE:PATH")
        }
    }

    private func carryOut(_ run: CopyRun, _ source: CopyPlace, _ place: CopyPlace) async throws {
        let start = ContinuousClock.now
        let drawing = isatty(2) == 1 && !global.quiet ? Task { await run.progress.draw() } : nil
        let result: Result<CopyRun.Outcome, any Error>
        do { result = .success(try await run.run()) } catch { result = .failure(error) }
        drawing?.cancel()
        await drawing?.value
        run.progress.clear()
        let outcome = try result.get(explaining: source, place)
        try await tell(outcome, source, place, start.duration(to: .now))
    }

    private func origin(_ place: CopyPlace, _ connector: HubConnector) -> any CopyOrigin {
        let transfer = Hex.random(16)
        return switch place {
        case .here(let path): LocalCopyOrigin(path, transfer: transfer)
        case .node(let node, let path):
            RemoteCopyOrigin(node, path: path, transfer: transfer, connector, until: Deadline(in: global.wait))
        }
    }

    private func target(
        _ place: CopyPlace, from source: CopyPlace, _ manner: Destination.Manner, _ connector: HubConnector
    ) throws -> any CopyTarget {
        switch place {
        case .here(let path):
            try LocalCopyTarget(
                path, from: source.text, manner, notes: try ContextStore().directory.subdirectory("copies"))
        case .node(let node, let path):
            RemoteCopyTarget(node, path: path, manner, connector, until: Deadline(in: global.wait))
        }
    }

    private func tell(
        _ outcome: CopyRun.Outcome, _ source: CopyPlace, _ place: CopyPlace, _ time: Duration
    ) async throws {
        let (opening, printer) = (outcome.opening, global.printer)
        var target = outcome.path
        if case .node(let node, _) = place { target = "\(node):\(outcome.path)" }
        if opening.skipped > 0 {
            let more = opening.skipped > 1 ? " and \(opening.skipped - 1) more" : ""
            StandardError.write(
                "capstan: left out \(CellText.line(opening.firstSkipped ?? ""))\(more): no file, folder or link\n")
        }
        guard printer.format == .table else {
            return try await printer.element([
                "source": .string(source.text), "target": .string(target),
                "entries": .integer(Int64(opening.entries)), "bytes": .integer(opening.content),
                "resumed": .integer(outcome.resumed), "skipped": .integer(Int64(opening.skipped)),
            ]) { "" }
        }
        let what = opening.entries == 1 ? "" : "\(opening.entries) files and folders, "
        let before = outcome.resumed > 0 ? " (\(ByteSize.string(outcome.resumed)) were there)" : ""
        printer.notice(
            "copied \(source.text) to \(target): \(what)\(ByteSize.string(opening.content))\(before) in "
                + DurationText.string(.milliseconds(max(1, time.milliseconds))))
    }
}

extension Result where Success == CopyRun.Outcome, Failure == any Error {
    /// The outcome, or why there is none, with the place that it is about.
    fileprivate func get(explaining source: CopyPlace, _ target: CopyPlace) throws -> CopyRun.Outcome {
        do { return try get() } catch {
            var failure = capstan.Failure(error)
            failure.message = "\(source.text) to \(target.text): \(failure.message)"
            if failure.code == .unavailable { failure.advice = "the same command goes on where it was" }
            throw failure
        }
    }
}
