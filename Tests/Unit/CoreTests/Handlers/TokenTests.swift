import CallProtocol
import Operations
import Store
import Testing

@Suite("Join tokens")
struct TokenTests {
    @Test("Approval goes with spokes alone: a token for an operator that nobody could approve is refused")
    func approval() async throws {
        try await HubFixture.with { hub in
            let admin = try await hub.operator_()
            var input = TokenCreateInput()
            input.approve = true
            _ = try await admin.call(TokenOperations.create, input)
            input.kind = .operator_
            let refused = input
            let error = await #expect(throws: CallError.self) {
                _ = try await admin.call(TokenOperations.create, refused)
            }
            #expect(error?.code == .invalidInput)
            #expect(try await hub.store.read { try $0.tokens() }.count == 1)
        }
    }
}
