/// What an error of a provider means for what was asked.
package enum ErrorMeaning: String, Sendable, Hashable, CaseIterable {
    /// Nothing was made; another offer may do.
    case nextOffer
    /// Nothing was made, and nothing will be until somebody has changed something there.
    case stop
    /// Nothing was made; it may work later.
    case backOff
    /// It cannot be said what was made: a listing has to tell.
    case reconcile
}
