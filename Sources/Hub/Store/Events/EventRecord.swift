import GRDB

/// How much an event matters, and to whom.
package enum EventSeverity: String, Codable, Sendable, CaseIterable {
    case info, warning, error, security
}

/// An event before it has a number.
package struct EventDraft: Sendable, Equatable {
    /// Unix milliseconds.
    package var at: Int64
    /// Words joined by dots, the concept first: `peer.enrolled`.
    package var kind: String
    package var severity: EventSeverity
    /// The peer that caused it; nil when the hub itself did.
    package var actor: String?
    /// The spoke it happened on or to.
    package var node: String?
    /// The id of the thing it is about.
    package var subject: String?
    /// One sentence for people.
    package var message: String
    /// JSON for programs; never secrets.
    package var data: String

    package init(
        at: Int64, kind: String, severity: EventSeverity = .info, actor: String? = nil, node: String? = nil,
        subject: String? = nil, message: String, data: String = "{}"
    ) {
        self.at = at
        self.kind = kind
        self.severity = severity
        self.actor = actor
        self.node = node
        self.subject = subject
        self.message = message
        self.data = data
    }
}

/// A row of the event log; the fields are those of `EventDraft`.
package struct EventRecord: Codable, Sendable, Equatable {
    /// Rises by one an event and is never used twice: the cursor of those who follow.
    package var seq: Int64
    package var at: Int64
    package var kind: String
    package var severity: EventSeverity
    package var actor: String?
    package var node: String?
    package var subject: String?
    package var message: String
    package var data: String
}

extension EventRecord: FetchableRecord {}

/// Which events a reader wants.
package struct EventFilter: Sendable, Equatable {
    /// Kinds or their beginnings at a dot: `peer` means `peer` and `peer.…`, never `peers`. Empty: all.
    package var kinds: [String]
    /// Events of this spoke alone.
    package var node: String?
    /// Whose eyes they are for; nil for everybody's.
    package var audience: Audience?

    package init(kinds: [String] = [], node: String? = nil, audience: Audience? = nil) {
        self.kinds = kinds
        self.node = node
        self.audience = audience
    }
}

/// Some events after a cursor, oldest first.
package struct EventPage: Sendable, Equatable {
    package var events: [EventRecord]
    /// Where to read on: everything up to and including this number has been looked at.
    package var next: Int64
    /// The newest number at the time of reading; when `next` is equal, the reader has caught up.
    package var latest: Int64
}

/// Some of the newest events, oldest of them first.
package struct EventTail: Sendable, Equatable {
    package var events: [EventRecord]
    /// Where to look for the rest of them: below this number. Nil when these are all that were asked for, or all there
    /// are.
    package var next: Int64?
    /// The newest number at the time of reading.
    package var latest: Int64
}
