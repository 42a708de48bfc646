import ArgumentParser
import Core
import Formats
import Operations

/// How a hub rents machines.
struct RentOptions: ParsableArguments {
    @Option(
        name: .customLong("rent-lease"),
        help: "How long a rented machine goes on without this hub, before it gives itself back.",
        transform: { try DurationText.parse($0) })
    var lease: Duration = .seconds(900)

    @Option(
        name: .customLong("rent-listing"), help: "How often providers are asked what is there.",
        transform: { try DurationText.parse($0) })
    var listing: Duration = .seconds(60)

    func validate() throws {
        guard lease >= .seconds(1), listing >= .seconds(1) else {
            throw ValidationError("--rent-lease and --rent-listing are a second at least")
        }
    }

    func apply(to configuration: inout HubConfiguration) {
        configuration.rentLeaseMs = lease.milliseconds
        configuration.rentListingMs = listing.milliseconds
    }
}
