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
        _ = orders.add(.forget, for: "A")
        _ = orders.add(.cancel, for: "A")
        _ = orders.add(.start(Self.attempt, WorkloadSpec(cmd: ["x"])), for: "A")
        _ = orders.add(.cancel, for: "A")
        #expect(Self.names(orders) == ["start", "cancel", "forget"])
    }

    @Test("An attempt is busy until its orders are used up, and queued once until then")
    func busy() {
        let orders = AttemptOrders()
        #expect(!orders.open() && !orders.isBusy("A"))
        #expect(orders.add(.cancel, for: "A"))
        #expect(!orders.add(.forget, for: "A"))
        #expect(orders.isBusy("A") && orders.nextAttempt() == "A")
        #expect(Self.names(orders) == ["cancel", "forget"])
        #expect(!orders.isBusy("A"))
        // Whoever was told to begin has not said yet that there are no more.
        #expect(!orders.add(.cancel, for: "A"))
        #expect(orders.nextAttempt() == "A" && orders.nextAttempt() == nil)
        #expect(orders.add(.cancel, for: "B"))
    }

    @Test("Orders wait until they may be carried, and then somebody is told once to begin")
    func opening() {
        let orders = AttemptOrders()
        #expect(!orders.add(.cancel, for: "A") && !orders.add(.cancel, for: "B"))
        #expect(orders.open() && !orders.open())
        #expect(orders.nextAttempt() == "A" && orders.nextAttempt() == "B" && orders.nextAttempt() == nil)
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
