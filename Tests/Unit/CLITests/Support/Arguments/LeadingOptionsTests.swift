import Testing

@testable import capstan

@Suite("Global options before the noun")
struct LeadingOptionsTests {
    @Test(
        "are those behind the verb",
        arguments: [
            (["--context", "x", "node", "list"], ["node", "list", "--context", "x"]),
            (["-o", "json", "-q", "node", "list", "-o", "yaml"], ["node", "list", "-o", "json", "-q", "-o", "yaml"]),
            (["--wait=2s", "exec", "n", "--", "-q"], ["exec", "--wait=2s", "n", "--", "-q"]),
            (["--output", "json", "events"], ["events", "--output", "json"]),
            (["node", "list"], ["node", "list"]), ([], []), (["--help"], ["--help"]),
        ] as [([String], [String])])
    func moved(arguments: [String], expected: [String]) {
        #expect(GlobalOptions.moved(arguments) == expected)
    }

    @Test("stay where no noun follows, and leave a wrong noun or a missing verb to be told of")
    func alone() {
        #expect(GlobalOptions.moved(["-q"]) == ["-q"])
        #expect(GlobalOptions.moved(["--context"]) == ["--context"])
        #expect(GlobalOptions.moved(["-q", "nod", "list"]) == ["nod", "list"])
        #expect(GlobalOptions.moved(["-q", "node"]) == ["node"])
    }

    @Test("reach the command")
    func parsed() async throws {
        let list = try #require(
            try await CommandParsing.parse(["--context", "x", "-o", "json", "node", "list"]) as? NodeList)
        #expect(list.global.context == "x" && list.global.output == .json)
    }
}

@Suite("A mistyped noun or verb")
struct MistypedCommandTests {
    @Test(
        "is answered with what was perhaps meant",
        arguments: [
            (["nod", "list"], "capstan node list"), (["node", "lst"], "capstan node list"), (["nodes"], "capstan node"),
            (["nod", "lst"], "capstan node list"), (["nod", "zzzzzz"], "capstan node"),
            (["-q", "workload", "shwo", "x"], "capstan workload show"), (["exce", "n", "--", "x"], "capstan exec"),
        ] as [([String], String)])
    func near(arguments: [String], meant: String) {
        #expect(MistypedCommand.meant(by: arguments) == meant)
    }

    @Test(
        "is not seen where there is none",
        arguments: [
            ["node", "list"], ["exec", "lst"], ["node"], ["-x"], ["zzzzzz"], ["node", "zzzzzz"], [], ["help"],
        ])
    func none(arguments: [String]) {
        #expect(MistypedCommand.meant(by: arguments) == nil)
    }
}
