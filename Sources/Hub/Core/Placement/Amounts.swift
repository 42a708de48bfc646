/// How amounts read in sentences: exactly, because what is needed and what is free may differ by little.
extension Placement.ResourceKind {
    /// The bare figure: `1.5`, `32 GiB`.
    func figure(_ amount: Int64) -> String {
        switch self {
        case .cpu: Placement.decimal(amount, of: 1000)
        case .memory: Placement.bytes(amount)
        case .gpus, .attempts: String(amount)
        }
    }

    /// The figure with what it counts: `2 CPUs`, `64 GiB memory`.
    func words(_ amount: Int64) -> String {
        switch self {
        case .cpu: figure(amount) + (amount == 1000 ? " CPU" : " CPUs")
        case .memory: figure(amount) + " memory"
        case .gpus: figure(amount) + (amount == 1 ? " GPU" : " GPUs")
        case .attempts: figure(amount) + (amount == 1 ? " attempt slot" : " attempt slots")
        }
    }

    /// `2 CPUs needed`.
    func needs(_ amount: Int64) -> String { words(amount) + " needed" }
}

extension Placement.Resources {
    /// All that is asked, as a list; one attempt slot goes without saying.
    var words: String {
        let parts = Placement.ResourceKind.allCases.compactMap { kind -> String? in
            let amount = self[kind]
            return amount > (kind == .attempts ? 1 : 0) ? kind.words(amount) : nil
        }
        return parts.isEmpty ? Placement.ResourceKind.attempts.words(1) : parts.joined(separator: " and ")
    }
}

extension Placement {
    /// An amount in units of `unit`, 2^50 at most, with as many decimals as it has, three at most: 1500 of 1000 is `1.5`.
    static func decimal(_ amount: Int64, of unit: Int64) -> String {
        let whole = amount / unit
        let thousandths = amount % unit * 1000 / unit
        guard thousandths > 0 else { return String(whole) }
        var digits = String(thousandths)
        digits = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// Bytes in the largest binary unit that keeps the figure at 1 or more.
    static func bytes(_ amount: Int64) -> String {
        var unit: Int64 = 1
        var name = "B"
        for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] where amount / unit >= 1024 {
            unit *= 1024
            name = next
        }
        return decimal(amount, of: unit) + " " + name
    }
}
