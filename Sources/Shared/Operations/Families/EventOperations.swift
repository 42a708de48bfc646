package import CallProtocol

/// The hub's append-only log.
package enum EventOperations {
    package static let watch = Operation<EventWatchInput, EventView>(
        "event/watch", .subscription, summary: "Events after a cursor; with `follow`, new ones as they happen")
}

package struct EventWatchInput: Described, Hashable {
    /// The seq of the last event that was seen.
    package var after: Int64?
    /// RFC 3339; used when `after` is left out.
    package var since: String?
    /// With neither: how many of the latest to begin with.
    package var tail: Int?
    /// Prefixes of kinds.
    package var kinds: [String]?
    package var node: String?
    package var follow: Bool?

    package init() {}

    package static let schema = JSONSchema.object(
        [
            "after": .integer(minimum: 0), "since": .timestamp, "tail": .integer(minimum: 0, maximum: 10_000),
            "kinds": .array(of: .string(minLength: 1), maxItems: 32), "node": .string(), "follow": .boolean,
        ], required: [])
}

package struct EventView: Described, Hashable {
    package var seq: Int64
    package var at: String
    package var kind: String
    package var severity: String
    package var actor: String?
    package var node: String?
    package var subject: String?
    package var message: String
    package var data: RawJSON?

    package init(seq: Int64, at: String, kind: String, severity: String, message: String) {
        self.seq = seq
        self.at = at
        self.kind = kind
        self.severity = severity
        self.message = message
    }

    package static let schema = JSONSchema.object(
        [
            "seq": .integer(minimum: 1), "at": .timestamp, "kind": .string(), "severity": .string(),
            "actor": .string(), "node": .string(), "subject": .string(), "message": .string(), "data": .any,
        ], required: ["seq", "at", "kind", "severity", "message"])
}
