/// Amounts of money as people read them.
package enum MoneyText {
    /// To the hundredth of a cent: `0.4400 USD`.
    package static func string(_ amount: Double, _ currency: String) -> String {
        let parts = Int64((min(max(amount, -1e12), 1e12) * 10_000).rounded())
        let rest = String(abs(parts % 10_000))
        let sign = parts < 0 && parts > -10_000 ? "-" : ""
        return "\(sign)\(parts / 10_000).\(String(repeating: "0", count: 4 - rest.count))\(rest) \(currency)"
    }
}
