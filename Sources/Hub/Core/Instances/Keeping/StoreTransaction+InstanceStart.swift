import Store

extension StoreTransaction {
    /// Notes since when the container runs whose spoke has enrolled; nothing happens where that is not a rented one.
    /// - Parameters:
    ///   - token: by which it enrolled.
    ///   - age: for how long its container runs, in milliseconds, as it says.
    func noteStart(ofInstance token: String, age: Int64, at now: Int64) throws {
        // A row that a newer release has written is no reason to turn a machine away.
        guard let record = try instance(enrolledBy: token), var row = try? RentedRow(record) else { return }
        let before = row.instance
        try row.set(before.began(now - age))
        try keep(row, after: before, at: now)
    }
}
