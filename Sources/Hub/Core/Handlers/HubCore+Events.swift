import CallProtocol
import Formats
import NIOCore
import Operations
import Store

extension HubCore {
    var eventEntries: [OperationEntry] {
        [EventOperations.watch.subscribed { try await self.watchEvents($0, $1, $2) }]
    }

    private func watchEvents(_ input: EventWatchInput, _ context: CallContext, _ sink: OutputSink) async throws {
        let watch = EventOperations.watch.descriptor
        var filter = EventFilter(kinds: input.kinds ?? [], audience: audience(watch, context))
        if let node = input.node { filter.node = try visible(node, watch, context).id }
        var after = try await start(input, filter, sink)
        while true {
            let mark = events.mark
            filter.audience = audience(watch, context)
            let page = try await store.read { [filter, after] in try $0.events(after: after, filter: filter) }
            for event in page.events { try await sink.send(EventView(event)) }
            after = page.next
            guard page.next >= page.latest else { continue }
            guard input.follow == true else { return }
            try await events.wait(after: mark)
        }
    }

    /// The cursor to begin behind; with `tail`, the latest events are sent first.
    private func start(_ input: EventWatchInput, _ filter: EventFilter, _ sink: OutputSink) async throws -> Int64 {
        if let after = input.after { return after }
        if let since = input.since {
            guard let time = RFC3339.milliseconds(since) else {
                throw CallError(.invalidInput, "since: `\(since)` is not a time in RFC 3339")
            }
            return try await store.read { try $0.eventCursor(since: time) }
        }
        let wanted = input.tail ?? 50
        var tail = try await store.read { try $0.recentEvents(filter: filter, limit: wanted) }
        var (recent, latest) = (tail.events, tail.latest)
        // One reader is not kept for the whole log.
        while let next = tail.next {
            let missing = wanted - recent.count
            tail = try await store.read { try $0.recentEvents(before: next, filter: filter, limit: missing) }
            recent = tail.events + recent
        }
        for event in recent { try await sink.send(EventView(event)) }
        return latest
    }
}

extension EventView {
    init(_ record: EventRecord) {
        self.init(
            seq: record.seq, at: RFC3339.string(record.at), kind: record.kind,
            severity: record.severity.rawValue, message: record.message)
        actor = record.actor
        node = record.node
        subject = record.subject
        if record.data != "{}" { data = try? RawJSON(validating: .init(string: record.data)) }
    }
}
