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

    @Test("Programs are shown short, with where they are")
    func programs() {
        func shown(_ cmd: [String], container: String? = nil, host: String? = nil) -> String {
            var view = TTYSessionView(session: "s", state: .running, cmd: cmd, backend: "x", startedAt: "")
            (view.container, view.host) = (container, host)
            return view.programText
        }
        #expect(shown(Shell.loginShell) == "shell")
        #expect(shown(Shell.containerShell, container: "box") == "shell in box")
        #expect(shown([], container: "box") == "in box")
        #expect(shown([], host: "a@b") == "shell on a@b")
        #expect(shown(["top", "-b"], host: "a@b") == "top -b on a@b")
        #expect(shown([String(repeating: "x", count: 40)]) == String(repeating: "x", count: 31) + "…")
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
