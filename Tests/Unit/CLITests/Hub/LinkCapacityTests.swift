import Testing

@testable import capstan

@Suite("Whether a hub may hold the links of its fleet")
struct LinkCapacityTests {
    @Test("with files for every spoke and some beside there is nothing to say")
    func enough() {
        #expect(LinkCapacity(allowed: 1_024, spokes: 0).notice == nil)
        #expect(LinkCapacity(allowed: 5_256, spokes: 5_000).notice == nil)
    }

    @Test("with too few it is said how many there are, how many are needed, and where that is changed")
    func tooFew() throws {
        let notice = try #require(LinkCapacity(allowed: 1_024, spokes: 5_000).notice)
        for part in ["5000 spokes", "1024 files", "5256", "LimitNOFILE=", "ulimit -Hn"] {
            #expect(notice.contains(part), "\(notice)")
        }
    }
}
