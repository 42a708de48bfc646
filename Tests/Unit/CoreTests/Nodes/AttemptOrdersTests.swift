import Operations
import Store
import Testing

@testable import Core

@Suite("Orders about attempts")
struct AttemptOrdersTests {
    private static let attempt = AttemptRecord(
        id: "A", workloadId: "W", number: 1, generation: 1, nodeId: "N", createdAt: 0)

    private static func names(_ orders: AttemptOrders) -> [String] {
        var names: [String] = []
        while let order = orders.next("A") {
            switch order {
            case .start: names.append("start")
            case .cancel: names.append("cancel")
            case .forget: names.append("forget")
            }
        }
        return names
    }

    @Test("The start comes before the cancel, whichever was given first, and each once")
    func order() {
        let orders = AttemptOrders()
        orders.add(.forget, for: "A")
        orders.add(.cancel, for: "A")
        orders.add(.start(Self.attempt, WorkloadSpec(cmd: ["x"])), for: "A")
        orders.add(.cancel, for: "A")
        #expect(Self.names(orders) == ["start", "cancel", "forget"])
    }

    @Test("An attempt is busy until its orders are used up, and queued once until then")
    func busy() async {
        let orders = AttemptOrders()
        #expect(!orders.isBusy("A"))
        orders.add(.cancel, for: "A")
        orders.add(.forget, for: "A")
        #expect(orders.isBusy("A"))
        #expect(Self.names(orders) == ["cancel", "forget"])
        #expect(!orders.isBusy("A"))
        orders.add(.cancel, for: "A")
        orders.close()
        var queued = 0
        for await _ in orders.attempts { queued += 1 }
        #expect(queued == 2)
    }

    @Test("Failures are counted in a row and told once")
    func failures() {
        let orders = AttemptOrders()
        #expect(!orders.takeFailure())
        #expect(orders.failed("A") == 1)
        #expect(orders.failed("A") == 2)
        orders.succeeded("A")
        #expect(orders.failed("A") == 1)
        #expect(orders.takeFailure())
        #expect(!orders.takeFailure())
    }
}
