/// What is rented, as its provider tells it.
package struct RentedInstance: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case provisioning, starting, running, stopping, stopped, terminating, terminated, failed, unknown
    }

    package var id: String
    /// What whoever rented it called it.
    package var name: String?
    package var status: Status
    /// What the provider says of it.
    package var message: String?
    /// For an hour, now.
    package var price: Double?
    package var region: String?

    package init(id: String, status: Status) { (self.id, self.status) = (id, status) }
}
