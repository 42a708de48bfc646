import Daemon
import Operations
import Testing

@testable import capstan

@Suite("A workload as YAML")
struct JobFileTests {
    static func error(_ text: String) -> Failure? {
        #expect(throws: Failure.self) { try JobFile.parse(text, name: "job.yaml") }
    }

    @Test("All fields are read")
    func all() throws {
        let spec = try JobFile.parse(
            """
            name: train
            cmd: [python, train.py, --epochs, 3]
            node: gpu-1
            labels: ["gpu=true", "!slow"]
            cpus: 1.5
            memory: 4G
            env: {SEED: 42, MODE: fast}
            cwd: /srv
            priority: 70
            retries: 3
            retryOnFailure: true
            timeLimit: 2h
            logLimit: 10M
            """, name: "job.yaml")
        var expected = WorkloadSpec(cmd: ["python", "train.py", "--epochs", "3"])
        expected.name = "train"
        expected.node = "gpu-1"
        expected.labels = ["!slow", "gpu=true"]
        expected.cpus = 1.5
        expected.memory = 4 << 30
        expected.env = ["SEED": "42", "MODE": "fast"]
        expected.cwd = "/srv"
        expected.priority = 70
        expected.retries = 3
        expected.retryOnFailure = true
        expected.timeLimitMs = 7_200_000
        expected.logLimitBytes = 10 << 20
        #expect(spec == expected)
    }

    @Test("Labels may be pairs, and null is as good as left out")
    func pairs() throws {
        let spec = try JobFile.parse("cmd: [x]\nlabels: {gpu: true, rack: 7}\nnode: ~\n", name: "job.yaml")
        #expect(spec.labels == ["gpu=true", "rack=7"])
        #expect(spec.node == nil)
    }

    @Test("JSON is YAML too")
    func json() throws {
        #expect(try JobFile.parse(#"{"cmd":["x"],"cpus":2}"#, name: "job.json").cpus == 2)
    }

    @Test("An unknown key is named with its line and what was meant")
    func unknown() {
        let failure = Self.error("cmd: [x]\n\nmemroy: 4G\n")
        #expect(failure?.exit == .malformed)
        #expect(failure?.message == "job.yaml:3: unknown key `memroy`; did you mean `memory`?")
        #expect(Self.error("cmd: [x]\nzzzzzz: 1\n")?.message == "job.yaml:2: unknown key `zzzzzz`")
    }

    @Test("A directory is no workload, and nothing at all is not found")
    func directory() async {
        let directory = await #expect(throws: Failure.self) { try await JobFile.read("/tmp") }
        #expect(directory?.exit == .malformed)
        let nothing = await #expect(throws: (any Error).self) { try await JobFile.read("/tmp/no/such/job.yaml") }
        #expect(nothing.map { Failure($0).exit } == .misuse)
    }

    @Test(
        "A wrong value is named with its line",
        arguments: [
            ("cmd: echo hi\n", "job.yaml:1: cmd must be a list"), ("cmd: [[a]]\n", "job.yaml:1: cmd must be a list"),
            ("cmd: [x]\ncpus: many\n", "job.yaml:2: cpus must be a number"),
            ("cmd: [x]\nmemory: lots\n", "job.yaml:2: memory must be a size"),
            ("cmd: [x]\ntimeLimit: soon\n", "job.yaml:2: timeLimit must be a duration"),
            ("cmd: [x]\nretryOnFailure: 3\n", "job.yaml:2: retryOnFailure must be true or false"),
            ("cmd: [x]\nenv: [a]\n", "job.yaml:2: env must be names with their values"),
            ("cmd: [x]\nlabels: ['=v']\n", "job.yaml:2: the label"),
            ("cmd: [x]\npriority: 500\n", "job.yaml:2: priority: 500 is not between 0 and 100"),
            ("cmd: [x]\n\nretries: -1\n", "job.yaml:3: retries: -1 is not between 0 and 1000"),
            ("cmd: [x]\ncpus: 1e9\n", "job.yaml:2: cpus: 1000000000.0 is not between 0 and 4096"),
            ("cmd: [x]\ntimeLimit: 0s\n", "job.yaml:2: timeLimit: must be longer than nothing"),
            ("cmd: [x]\nname: ''\n", "job.yaml:2: name: must not be empty"),
            ("cmd: [x]\nlabels: {gpu: null}\n", "job.yaml:2: labels: gpu has no value"),
            ("cmd: [x]\nenv:\n  A: 1\n  B:\n", "job.yaml:4: env: B has no value"),
            ("cmd: [x]\nretries: 1.5\n", "job.yaml:2: retries must be a whole number"),
        ])
    func wrong(text: String, message: String) {
        let failure = Self.error(text)
        #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")")
        #expect(failure?.exit == .malformed)
    }

    @Test(
        "What is no YAML, or not one mapping, is refused", arguments: ["", "~", "- a\n", "a: [", "a: 1\na: 2\n", "x"])
    func broken(text: String) {
        #expect(Self.error(text)?.exit == .malformed)
    }

    @Test(
        "What is said of a file holds none of its control characters, and not all of it",
        arguments: ["memory^\u{0}9", "\"\\e[2J\": 1", String(repeating: "k", count: 9000) + ": 1"])
    func quoted(text: String) throws {
        let failure = #expect(throws: Failure.self) { try JobFile.parse(text, name: "job.yaml") }
        let message = try #require(failure?.message)
        #expect(CellText.line(message) == message)
        #expect(message.utf8.count < 500)
    }
}
