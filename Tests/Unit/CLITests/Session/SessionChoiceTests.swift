import Operations
import Testing

@testable import capstan

@Suite("The session that is meant")
struct SessionChoiceTests {
    private func place(_ id: String, _ name: String?, _ state: TTYSessionView.State, node: String = "n") -> SessionPlace
    {
        var view = TTYSessionView(session: id, state: state, cmd: ["x"], backend: "local", startedAt: "")
        view.name = name
        return SessionPlace(node: FleetNode(id: node, name: node), view: view)
    }

    @Test(
        "is the one of this id, then of this name (running before ended, the latest of these), then of this beginning")
    func meant() {
        let all = [
            place("01AA", "train", .exited), place("01AB", "train", .running), place("01BA", "old", .exited),
            place("01BC", "old", .exited), place("01CA", "01AA", .running), place("01CB", "twice", .running),
            place("01CC", "twice", .running, node: "m"),
        ]
        func ids(_ text: String) -> [String] { SessionChoice.meant(text, all).map(\.view.session) }
        #expect(ids("01AA") == ["01AA"])
        #expect(ids("train") == ["01AB"])
        #expect(ids("old") == ["01BC"])
        #expect(ids("twice") == ["01CB", "01CC"])
        #expect(ids("01b") == ["01BA", "01BC"])
        #expect(ids("none").isEmpty)
    }
}
