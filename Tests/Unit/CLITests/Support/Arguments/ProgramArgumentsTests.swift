import Testing

@testable import capstan

@Suite("A program's arguments")
struct ProgramArgumentsTests {
    @Test("are handed over as they stand, however many they are, and none is ours")
    func tail() async throws {
        let program = ["ls", "--", "--help", "-o", "json", "---completion", "--generate-completion-script", ""]
        let exec = try #require(try await CommandParsing.parse(["exec", "n", "-q", "--"] + program) as? Exec)
        #expect(exec.command == program)
        #expect(exec.node == "n" && exec.global.quiet)
        let run = try #require(try await CommandParsing.parse(["run", "--cpus", "2", "--"] + program) as? Run)
        #expect(run.command == program)
        #expect(run.job.cpus == 2)
    }

    @Test("are not looked at by the parser")
    func cut() {
        let many = (0..<100_000).map { "\($0)" }
        for noun in ["exec", "run"] {
            let cut = CutArguments([noun, "-q", "--"] + many)
            #expect(cut.own == [noun, "-q"])
            #expect(cut.program == many)
        }
        #expect(CutArguments(["exec", "n"]).program == nil)
        #expect(CutArguments(["exec", "n", "--"]).program == [])
        #expect(CutArguments(["call", "node/list", "--", "{}"]).own == ["call", "node/list", "--", "{}"])
    }

    @Test("leave mistakes before them to the parser", arguments: [["exec", "--nonsense"], ["run", "--cpus", "many"]])
    func mistakes(own: [String]) async {
        await #expect(throws: (any Error).self) { try await CommandParsing.parse(own + ["--", "true"]) }
    }
}
