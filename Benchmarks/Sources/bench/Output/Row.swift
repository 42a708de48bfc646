/// One measured line: ours beside the peer's.
struct Row: Codable {
    var name: String
    var ours: Double
    var peer: Double?
    /// Ours by the peer's.
    var ratio: Double?
    var unit: String
    /// Pairs that were measured; the figures are their medians.
    var samples: Int

    /// Medians of samples that were taken in turn.
    init(_ name: String, ours: [Double], peer: [Double] = [], unit: String) {
        self.name = name
        self.ours = Self.median(ours)
        self.unit = unit
        samples = ours.count
        if !peer.isEmpty {
            let other = Self.median(peer)
            self.peer = other
            ratio = other > 0 ? self.ours / other : nil
        }
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}
