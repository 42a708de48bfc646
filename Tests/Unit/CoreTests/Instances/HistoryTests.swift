import Market
import Store
import Testing

@testable import Core

@Suite("How often a machine is rented for one workload")
struct HistoryTests {
    private let minute: Int64 = 60_000

    /// - Parameter chain: whether it is in another's place.
    private func row(
        _ number: Int, chain: Bool = false, paid: Bool = true, worked: Bool = false, failure: Instance.Failure?,
        at now: Int64
    ) throws -> RentedRow {
        var request = RentRequest(
            wish: RentWish(), provider: nil, image: "i", idle: nil, offer: FakeMarket.offer("o", 1))
        (request.workload, request.first) = ("w", chain ? "first" : nil)
        var row = try RentedRow(request, name: "n\(number)", id: "\(number)", by: "p", at: now)
        var instance = row.instance
        if paid { instance.providerId = "p\(number)" }
        instance.hasWorked = worked
        try row.set(instance.ended("no luck", as: failure, at: now))
        return row
    }

    @Test("after each wish that came to nothing it waits twice as long, an hour at most, and says until when and why")
    func pauses() throws {
        var rows: [RentedRow] = []
        #expect(RentHistory(rows).verdict(at: 0) == .now)
        for (number, pause) in [1, 2, 4, 8, 16, 32, 60, 60].enumerated() {
            let time = Int64(number)
            rows.append(try row(number, paid: false, failure: .refused, at: time))
            let due = Int64(pause) * minute + time
            guard case .later(due, let words) = RentHistory(rows).verdict(at: due - 1) else {
                Issue.record("\(number): \(RentHistory(rows).verdict(at: due - 1))")
                continue
            }
            #expect(words.hasPrefix("no machine came for it: no luck; tried again at 1970-01-01T0"))
            #expect(RentHistory(rows).verdict(at: due) == .now)
        }
        // What was tried in another's place is the same wish.
        let wish = [
            try row(1, failure: .absent, at: 0), try row(2, chain: true, failure: .absent, at: 0),
            try row(3, chain: true, failure: .absent, at: 5),
        ]
        #expect(RentHistory(wish).verdict(at: minute + 5) == .now)
    }

    @Test(
        "after twelve that were paid for in vain none is rented any more; one that worked begins anew, one too small does not"
    )
    func gives() throws {
        var rows = try (0..<11).map { try row($0, chain: $0 % 6 != 0, failure: .absent, at: 0) }
        #expect(RentHistory(rows).verdict(at: 100 * minute) == .now)
        // It came, and had too little.
        rows.append(try row(11, chain: true, failure: .small, at: 0))
        guard case .never(let words) = RentHistory(rows).verdict(at: .max / 2) else {
            Issue.record("\(RentHistory(rows).verdict(at: .max / 2))")
            return
        }
        #expect(words.hasPrefix("12 machines were rented for it in vain, and no more are; the last one: no luck."))
        rows.append(try row(12, worked: true, failure: nil, at: 0))
        #expect(RentHistory(rows).verdict(at: 0) == .now)
        // What was refused has cost nothing.
        rows += try (13..<40).map { try row($0, paid: false, failure: .refused, at: 0) }
        #expect(RentHistory(rows).verdict(at: 60 * minute) == .now)
    }
}
