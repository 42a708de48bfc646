import Market
import Store

/// Whether a listing is of the account in which the machines were rented.
///
/// A key may be changed while something runs, and the new one may open another account: there nothing of it is found, and
/// it would be taken for gone.
extension InstanceKeeper {
    /// Under what the account's mark is kept.
    private var accountKey: String { "instance.account.\(provider)" }

    /// Whether the key is the one that was listed with: nothing is made with another one before that is known.
    func isListedAccount(_ market: any Market) async throws -> Bool {
        let key = accountKey
        let (known, account) = (try await core.store.read { try $0.meta(key) }, try await market.account())
        return account == known
    }

    /// Why a listing is not believed that was made with another key than the last one; nil where it is.
    /// - Parameters:
    ///   - account: what the key is told by that the listing was made with.
    ///   - found: what was listed.
    ///   - rows: what this hub has not seen the end of.
    ///   - isConfirmed: somebody has said that it is so.
    func strangeness(
        of account: String?, _ found: [RentedInstance], _ rows: [InstanceRecord], isConfirmed: Bool
    ) async throws -> String? {
        let (known, key) = (try await core.store.read { try $0.meta(self.accountKey) }, accountKey)
        guard account != known else { return nil }
        let open = rows.filter { row in
            row.state != Instance.State.intended.rawValue && row.state != Instance.State.terminated.rawValue
        }
        let isSame = known == nil || open.isEmpty || open.contains { row in found.contains { row.owns($0) } }
        guard isSame || isConfirmed else {
            return
                "its key was changed, and nothing that was rented with the one before is in the account that it opens"
        }
        try await core.store.writeResult { try $0.setMeta(key, to: account) }
        return nil
    }
}
