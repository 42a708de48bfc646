import Testing

@testable import Market
@testable import capstan

@Suite("The lease of a rented machine")
struct LeaseTests {
    @Test("it holds while the hub is there, while there is work, and for so long after both")
    func lease() {
        var lease = Lease(length: .seconds(100), at: .zero)
        #expect(lease.look(at: .seconds(99), isConnected: false, isWorking: false) == nil)
        #expect(lease.look(at: .seconds(100), isConnected: false, isWorking: false) != nil)
        #expect(lease.look(at: .seconds(100), isConnected: true, isWorking: false) == nil)
        #expect(lease.look(at: .seconds(5_000), isConnected: false, isWorking: true) == nil)
        #expect(lease.look(at: .seconds(5_099), isConnected: false, isWorking: false) == nil)
        #expect(lease.look(at: .seconds(5_100), isConnected: false, isWorking: false) != nil)
        // Work that does not end is no reason to go on for ever.
        #expect(lease.look(at: .seconds(86_400 + 199), isConnected: false, isWorking: true) == nil)
        #expect(lease.look(at: .seconds(86_400 + 200), isConnected: false, isWorking: true) != nil)
    }

    @Test("the request of its end has what stands inside the machine; what is missing is named")
    func release() throws {
        let release = SelfRelease(
            method: "DELETE", url: "https://x/pods/$POD_ID/", headers: ["Authorization": "Bearer $KEY"])
        let values = ["POD_ID": "p1", "KEY": "$s3cret"]
        let filled = try release.filled { values[$0] }
        #expect(filled.url == "https://x/pods/p1/" && filled.headers == ["Authorization": "Bearer $s3cret"])
        #expect(throws: SelfRelease.MissingVariable(name: "KEY")) { try release.filled { $0 == "KEY" ? nil : "" } }
        #expect(throws: SelfRelease.MissingVariable(name: "")) {
            try SelfRelease(method: "GET", url: "a$", headers: [:]).filled { _ in "x" }
        }
    }
}
