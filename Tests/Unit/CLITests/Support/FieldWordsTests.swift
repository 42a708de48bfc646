import CallProtocol
import Daemon
import Operations
import Testing

@testable import capstan

@Suite("What a hub says of fields, in the words of the command line")
struct FieldWordsTests {
    static func error(_ violations: String...) -> CallError {
        CallError(
            .invalidInput, "workload/submit: " + violations.joined(separator: "; "),
            details: ["violations": .array(violations.map { .string($0) })])
    }

    @Test("A field is called by its flag, without the operation's name, and what lies deeper keeps its path")
    func flags() throws {
        let run = try CommandTreeTests.parsed(["run", "--", "true"])
        #expect(Failure(Self.error("name: must not be empty"), of: run).message == "--name: must not be empty")
        #expect(
            Failure(Self.error("ttlMs: too much", "labels.gpu: bad", "cmd[0]: bad", "odd: bad"), of: run).message
                == "--ttl: too much; --label gpu: bad; the program[0]: bad; odd: bad")
    }

    @Test("What a command takes as an argument is no flag there")
    func arguments() throws {
        let set = try CommandTreeTests.parsed(["pool", "set", "Fast", "--count", "1"])
        #expect(
            Failure(Self.error("name: bad", "memory: bad"), of: set).message == "the name: bad; --memory: bad")
    }

    @Test("Whoever calls an operation by its name reads of its fields; another error stands as it is")
    func plain() throws {
        let call = try CommandTreeTests.parsed(["call", "workload/submit"])
        #expect(Failure(Self.error("name: bad"), of: call).message == "workload/submit: name: bad")
        #expect(FieldWords.message(for: CallError(.notFound, "name: bad"), of: call) == nil)
        #expect(FieldWords.message(for: CallError(.invalidInput, "name: bad"), of: call) == nil)
    }

    @Test("A token that would live too long is refused in the words that were given, before a hub is asked")
    func ttl() async throws {
        let create = try #require(try CommandTreeTests.parsed(["token", "create", "--ttl", "1000d"]) as? TokenCreate)
        let failure = await #expect(throws: Failure.self) { try await create.run() }
        #expect(failure?.message == "--ttl 1000d is too long: a token lives for 366d at most")
        #expect(TokenCreate.longestLife == .milliseconds(366 * 86_400_000))
    }

    @Test("An empty name or key is refused before a hub is asked")
    func empty() async throws {
        let call = try #require(
            try CommandTreeTests.parsed(["call", "node/list", "--idempotency-key", ""]) as? Call)
        #expect(await #expect(throws: Failure.self) { try await call.run() }?.exit.rawValue == 2)
        let run = try #require(try CommandTreeTests.parsed(["run", "--name", "", "--", "true"]) as? Run)
        var spec = WorkloadSpecSample.empty
        let failure = #expect(throws: Failure.self) { try run.job.apply(to: &spec) }
        #expect(failure?.message.hasPrefix("--name is empty") == true)
    }
}
