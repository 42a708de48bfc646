import Database
import GRDB

extension StoreTransaction {
    /// Rows that one `events` call looks through at most, so that a rare filter cannot hold a reader for long.
    package static let eventScanLimit: Int64 = 50_000

    /// Adds an event and returns its number.
    @discardableResult
    package func append(_ event: EventDraft) throws -> Int64 {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO events (at, kind, severity, actor, node, subject, message, data)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try statement.execute(arguments: [
            event.at, event.kind, event.severity.rawValue, event.actor, event.node, event.subject, event.message,
            event.data,
        ])
        return db.lastInsertedRowID
    }

    /// At most `limit` events with numbers above `after` that match, oldest first. Follow `next` until `latest`.
    package func events(after: Int64, filter: EventFilter = EventFilter(), limit: Int = 500) throws -> EventPage {
        let latest = try latestEvent()
        // Deleted rows need no looking through; a cursor behind the retention starts at its edge.
        let start = max(after, try oldestEvent() - 1)
        let end = min(latest, start + Self.eventScanLimit)
        let (condition, arguments) = filter.sql
        let events = try EventRecord.fetchAll(
            db, sql: "SELECT * FROM events WHERE seq > ? AND seq <= ?\(condition) ORDER BY seq LIMIT ?",
            arguments: [start, end] + arguments + [limit])
        let next = events.count == limit ? events.last?.seq ?? end : max(end, after)
        return EventPage(events: events, next: next, latest: max(latest, after))
    }

    /// The newest `limit` events that match, or those of them that one call finds. Follow `next` until it is nil.
    /// - Parameters:
    ///   - before: only events with smaller numbers; nil for all.
    ///   - scan: rows that are looked through at most.
    package func recentEvents(
        before: Int64? = nil, filter: EventFilter = EventFilter(), limit: Int, scan: Int64 = eventScanLimit
    ) throws -> EventTail {
        let (latest, oldest) = (try latestEvent(), try oldestEvent())
        let end = min(before ?? .max, latest + 1)
        let start = max(oldest, end - scan)
        let (condition, arguments) = filter.sql
        let events = try EventRecord.fetchAll(
            db, sql: "SELECT * FROM events WHERE seq >= ? AND seq < ?\(condition) ORDER BY seq DESC LIMIT ?",
            arguments: [start, end] + arguments + [limit])
        return EventTail(
            events: events.reversed(), next: events.count < limit && start > oldest ? start : nil, latest: latest)
    }

    /// The newest number ever given, 0 when there was none; rows deleted since count too.
    package func latestEvent() throws -> Int64 {
        try Int64.fetchOne(db, cached: "SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0
    }

    /// The oldest number kept; a cursor below it minus one has missed events. One past the newest when none is kept.
    package func oldestEvent() throws -> Int64 {
        try Int64.fetchOne(db, cached: "SELECT MIN(seq) FROM events") ?? latestEvent() + 1
    }

    /// The cursor from which events at or after `since` (unix milliseconds) follow.
    package func eventCursor(since: Int64) throws -> Int64 {
        let first = try Int64.fetchOne(
            db, cached: "SELECT seq FROM events WHERE at >= ? ORDER BY at, seq LIMIT 1", arguments: [since])
        return try first.map { $0 - 1 } ?? latestEvent()
    }
}

extension EventFilter {
    /// The filter as a condition that begins with AND, or nothing.
    fileprivate var sql: (condition: String, arguments: StatementArguments) {
        var condition = ""
        var arguments = StatementArguments()
        if !kinds.isEmpty {
            // A range instead of LIKE: exact about case, and `_` in a kind is only itself. '/' follows '.'.
            let one = "kind = ? OR (kind >= ? AND kind < ?)"
            condition += " AND (\(kinds.map { _ in one }.joined(separator: " OR ")))"
            for kind in kinds { arguments += [kind, kind + ".", kind + "/"] }
        }
        if let node {
            condition += " AND node = ?"
            arguments += [node]
        }
        if let audience {
            let own = audience.ofEvents
            condition += " AND \(own.condition)"
            arguments += own.arguments
        }
        return (condition, arguments)
    }
}
