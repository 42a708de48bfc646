import Glibc
import Processes
import Testing

@Suite("What a supervisor is told")
struct SupervisorSpecTests {
    private let spec = SupervisorSpec(
        process: ProcessSpec(
            arguments: ["a", "", "ü b\n"], environment: ["A": "=", "": "x", "B": ""], workingDirectory: "/tmp"),
        timeLimitMs: 5, logLimitBytes: 7, killGraceMs: .max, input: [0, 1, 255])

    @Test("arrives as it was sent")
    func roundTrip() throws {
        #expect(try SupervisorSpec.decoded(spec.encoded()) == spec)
        let plain = SupervisorSpec(process: ProcessSpec(arguments: ["x"], environment: [:]))
        #expect(try SupervisorSpec.decoded(plain.encoded()) == plain)
        var grouped = spec
        grouped.group = ControlGroup("/sys/fs/cgroup/ü")
        grouped.account = Account(id: 7, group: 8, groups: [8, .max], name: "ü", home: "")
        #expect(try SupervisorSpec.decoded(grouped.encoded()) == grouped)
        grouped.session = SessionSpec(outlives: false)
        #expect(try SupervisorSpec.decoded(grouped.encoded()) == grouped)
        grouped.session = SessionSpec(
            terminal: TerminalSize(columns: 1, rows: 2, pixelWidth: 3, pixelHeight: .max), about: [1, 0])
        #expect(try SupervisorSpec.decoded(grouped.encoded()) == grouped)
        grouped.session?.isRaw = true
        #expect(try SupervisorSpec.decoded(grouped.encoded()) == grouped)
    }

    @Test("a signal to be passed on is another one than itself, and tells which it is")
    func relayed() {
        for signal in ProcessSignal.allCases {
            #expect(ProcessSignal(relayed: signal.relayed) == signal)
            #expect(signal.relayed > SIGRTMIN && signal.relayed <= 64)
        }
        #expect(ProcessSignal(relayed: SIGTERM) == nil && ProcessSignal(relayed: 64) == nil)
    }

    /// The first that programs may use.
    private let SIGRTMIN: Int32 = 34

    @Test("cut short anywhere or changed is refused or read, never a trap")
    func fuzz() throws {
        let bytes = try spec.encoded()
        for length in 0..<bytes.count {
            #expect(throws: SupervisorSpecError.malformed) { try SupervisorSpec.decoded(Array(bytes.prefix(length))) }
        }
        for _ in 0..<5000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4) { changed[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255) }
            _ = try? SupervisorSpec.decoded(changed)
        }
    }

    @Test("is not larger than a supervisor takes")
    func large() {
        var large = spec
        large.input = [UInt8](repeating: 0, count: SupervisorSpec.largest)
        #expect(throws: SupervisorSpecError.self) { try large.encoded() }
    }

    @Test("an exit record is read as it was written, and other text is none")
    func exitRecord() {
        var record = ExitRecord(exit: ProcessExit(code: 137, signal: 9), reason: .timeLimit)
        record.error = "a=b c"
        record.launch = .other
        record.outputBytes = .max
        record.truncated = true
        record.endedMs = -5
        record.outOfMemory = .limit
        #expect(ExitRecord(text: record.text) == record)
        #expect(ExitRecord(text: "") == nil)
        #expect(ExitRecord(text: "code=1\nsignal=0\nreason=unheard\n") == nil)
        #expect(ExitRecord(text: "reason=none\nsignal=0\nfuture=1\ncode=1")?.exit.code == 1)
    }
}
