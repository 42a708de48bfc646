/// What drives a rented instance from one phase to the next until it runs.
package enum BootPace: Sendable, Hashable {
    /// Only ``ProviderAccount/advance(_:)``.
    case manual
    /// Each phase is shown so often, and then the next one comes. Listings count for each instance that exists.
    case polls(Int)
    /// Each phase takes so long on the provider's clock.
    case after(Duration)
    /// It runs when it is created.
    case atOnce
}

/// How the boot of one instance ends.
package enum BootOutcome: Sendable, Hashable {
    case runs
    /// It stays in that phase for ever, as happens when an image cannot be pulled.
    case stalls(in: FakeInstance.Phase)
    /// It fails out of that phase, at the latest when it would begin to run.
    case fails(in: FakeInstance.Phase)
}
