package import CallProtocol

/// The spoke's durable record, pulled and acknowledged by the hub. The hub alone may.
package enum JournalOperations {
    package static let watch = Operation<JournalWatchInput, JournalBatch>(
        "journal/watch", .subscription, summary: "Rows after a place, then new ones as they are committed")

    package static let ack = Operation<JournalAck, Empty>(
        "journal/ack", .mutation, summary: "Everything up to a row is applied and durable at the hub")
}

package struct JournalWatchInput: Described, Hashable {
    /// What the hub knows; left out at first contact.
    package var epoch: String?
    package var after: Int64

    package init(epoch: String?, after: Int64) {
        self.epoch = epoch
        self.after = after
    }

    package static let schema = JSONSchema.object(
        ["epoch": .string(), "after": .integer(minimum: 0)], required: ["after"])
}

package struct JournalBatch: Described, Hashable {
    package struct Row: Codable, Sendable, Hashable {
        package var seq: Int64
        package var id: String
        package var kind: String
        package var payload: RawJSON

        package init(seq: Int64, id: String, kind: String, payload: RawJSON) {
            self.seq = seq
            self.id = id
            self.kind = kind
            self.payload = payload
        }
    }

    /// Random, made with the journal.
    package var epoch: String
    /// The highest row that was ever acknowledged; above what the hub knows, rows are gone: a gap.
    package var acknowledged: Int64
    package var rows: [Row]

    package init(epoch: String, acknowledged: Int64, rows: [Row]) {
        self.epoch = epoch
        self.acknowledged = acknowledged
        self.rows = rows
    }

    package static let schema = JSONSchema.object(
        [
            "epoch": .string(), "acknowledged": .integer(minimum: 0),
            "rows": .array(
                of: .object(
                    [
                        "seq": .integer(minimum: 1), "id": .string(), "kind": .string(), "payload": .any,
                    ], required: ["seq", "id", "kind", "payload"])),
        ], required: ["epoch", "acknowledged", "rows"])
}

package struct JournalAck: Described, Hashable {
    package var epoch: String
    package var upTo: Int64

    package init(epoch: String, upTo: Int64) {
        self.epoch = epoch
        self.upTo = upTo
    }

    package static let schema = JSONSchema.object(
        ["epoch": .string(), "upTo": .integer(minimum: 0)], required: ["epoch", "upTo"])
}
