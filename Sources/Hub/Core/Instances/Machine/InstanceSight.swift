package import Market

/// What is known of the world when an instance's next step is decided.
package struct InstanceSight: Sendable {
    /// A listing that could be had, read and believed.
    package struct Listing: Sendable {
        /// When it was asked for, milliseconds since 1970. What was made after that may be missing in it.
        package var begunAt: Int64
        package var instances: [RentedInstance]

        package init(begunAt: Int64, instances: [RentedInstance]) {
            (self.begunAt, self.instances) = (begunAt, instances)
        }
    }

    /// The spoke that has come with the instance's token.
    package struct Node: Sendable {
        package var id: String
        /// The provider's id that it reports; nil where it does not know.
        package var reportedId: String?
        /// Since when it has had nothing to do; nil while it has.
        package var idleSince: Int64?
        /// Whether it is there now, whatever its provider lists.
        package var isConnected: Bool
        /// What it has; nil while it has not said it.
        package var shape: MachineShape?
        /// Whether a program ran on it to its end.
        package var hasWorked: Bool

        package init(
            id: String, reportedId: String?, idleSince: Int64?, isConnected: Bool = false, shape: MachineShape? = nil,
            hasWorked: Bool = false
        ) {
            (self.id, self.reportedId, self.idleSince) = (id, reportedId, idleSince)
            (self.isConnected, self.shape, self.hasWorked) = (isConnected, shape, hasWorked)
        }
    }

    package var now: Int64
    /// The last one; nil before the first.
    package var listing: Listing?
    /// Whether nothing may be made because the provider's listing is not to be had or believed.
    package var isFrozen: Bool
    package var node: Node?
    /// Whether it was rented for as long as nobody pays more.
    package var isSpot: Bool

    package init(now: Int64, listing: Listing?, isFrozen: Bool, node: Node? = nil, isSpot: Bool = false) {
        (self.now, self.listing, self.isFrozen, self.node) = (now, listing, isFrozen, node)
        self.isSpot = isSpot
    }
}

/// How long an instance may take for each thing, in milliseconds.
package struct InstanceTimes: Sendable, Equatable {
    /// Until a create that was begun has surely ended at the provider.
    package var call: Int64 = 60_000
    /// Until what was made is in the provider's listing, and what was ended is not.
    package var visibility: Int64 = 120_000
    /// Until its spoke has come.
    package var boot: Int64 = 600_000
    /// Until the provider has said that it is the one.
    package var verification: Int64 = 180_000
    /// Until its work has ended when it is not wanted any more.
    package var drain: Int64 = 600_000
    /// It is given back when it has had nothing to do for so long.
    package var idle: Int64 = 600_000
    /// Until it is asked for; what it was to cost is not true for ever.
    package var intent: Int64 = 3_600_000
    /// How old a listing may be by which something is made.
    package var listingAge: Int64 = 180_000
    /// Between two requests for its end; doubled each time, to four times as long.
    package var endPause: Int64 = 15_000

    package init() {}
}
