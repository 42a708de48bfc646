@testable import Processes

/// What a supervisor is told, and the files by which it tells how its program began and ended.
enum SupervisorTarget {
    static let target = FuzzTarget(
        name: "supervisor",
        words: [
            "CPSV\u{1}", "code=", "signal=", "reason=", "none", "time_limit", "launch=", "not_found", "error=",
            "outOfMemory=",
            "limit", "pid=", "supervisor=", "ticks=", "boot=", "=", "\n", "\r\n", "PATH=/bin",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        spec(attempt(SupervisorSpecError.self) { try SupervisorSpec.decoded(bytes) })
        spec(attempt(SupervisorSpecError.self) { try SupervisorSpec.decoded(body: bytes) })
        let text = String(decoding: bytes, as: UTF8.self)
        if let record = ExitRecord(text: text) {
            must(ExitRecord(text: record.text) == record, "\(record) comes back")
        }
        if let record = StartedRecord(text: text) {
            must(record.pid > 1, "a program has a process")
            must(StartedRecord(text: record.text) == record, "\(record) comes back")
        }
    }

    private static func spec(_ decoded: Result<SupervisorSpec, SupervisorSpecError>) {
        guard case .success(let spec) = decoded else { return }
        _ = spec.process.invalidity
        let again = attempt(SupervisorSpecError.self) { try SupervisorSpec.decoded(try spec.encoded()) }
        guard case .success(let again) = again else { return must(false, "a spec can be passed on: \(again)") }
        must(again == spec, "\(spec) came back as \(again)")
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let process = ProcessSpec(
            arguments: ["/bin/sh", "-c", "true"], environment: ["PATH": "/bin", "EMPTY": ""], workingDirectory: "/tmp")
        let specs = [
            SupervisorSpec(
                process: process, timeLimitMs: 1000, input: [1, 2, 3], group: ControlGroup("/sys/fs/cgroup/a")),
            SupervisorSpec(process: ProcessSpec(arguments: [], environment: [:]), logLimitBytes: .max),
        ].compactMap { try? $0.encoded() }
        var exit = ExitRecord(exit: ProcessExit(code: 127), reason: .launch)
        exit.launch = .notFound
        exit.error = "no such program"
        exit.outOfMemory = .machine
        let started = StartedRecord(pid: 7, supervisor: 6, startedMs: 1, ticks: 2, boot: "b")
        return specs + specs.map { Array($0.dropFirst(9)) } + Seeds.texts([exit.text, started.text])
    }
}
