import Testing

@testable import SpokeOperations

@Suite("Input that is owed") struct OwedInputTests {
    @Test("is timed once, and told when nothing told it by the way")
    func told() {
        let owed = OwedInput()
        #expect(!owed.begin() && owed.take() == nil)
        owed.add(3)
        #expect(owed.begin() && !owed.begin())
        owed.add(2)
        #expect(owed.due() == .tell)
        #expect(owed.take() == 5 && owed.take() == nil)
        owed.add(1)
        #expect(owed.begin())
        #expect(owed.take() == 6)
        #expect(owed.due() == .nothing)
        owed.add(1)
        #expect(owed.begin())
    }

    @Test("that came after some was told by the way has time of its own")
    func later() {
        let owed = OwedInput()
        owed.add(1)
        #expect(owed.begin())
        #expect(owed.take() == 1)
        owed.add(1)
        #expect(!owed.begin())
        #expect(owed.due() == .later)
        #expect(!owed.begin())
        #expect(owed.due() == .tell)
        #expect(owed.begin(), "told late, it is timed again")
    }
}
