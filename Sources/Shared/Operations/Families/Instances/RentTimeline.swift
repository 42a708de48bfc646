import CallProtocol

/// A part of the way of a rented machine to its first program.
package struct RentStep: Described, Hashable {
    /// `offer`, `create`, `boot`, `pull`, `dial-home`, `verify` or `first-exec`.
    package var phase: String
    /// Phases that lie in it too, because nobody knows where one ended and the next began.
    package var including: [String]?
    /// When it began.
    package var at: String
    /// How long it took, or has taken until now.
    package var durationMs: Int64
    /// Whether it goes on; left out where it does not.
    package var isOpen: Bool?

    package init(phase: String, including: [String]?, at: String, durationMs: Int64, isOpen: Bool?) {
        (self.phase, self.including, self.at) = (phase, including, at)
        (self.durationMs, self.isOpen) = (durationMs, isOpen)
    }

    package static let schema = JSONSchema.object(
        [
            "phase": .string, "including": .array(of: .string), "at": .timestamp,
            "durationMs": .integer(minimum: 0), "isOpen": .boolean,
        ], required: ["phase", "at", "durationMs"])
}

/// What something on a rented machine has cost.
package struct RentCost: Described, Hashable {
    package var amount: Double
    package var currency: String
    /// What the machine costs an hour.
    package var perHour: Double

    package init(amount: Double, currency: String, perHour: Double) {
        (self.amount, self.currency, self.perHour) = (amount, currency, perHour)
    }

    package static let schema = JSONSchema.object(
        ["amount": .number, "currency": .string, "perHour": .number], required: ["amount", "currency", "perHour"])
}
