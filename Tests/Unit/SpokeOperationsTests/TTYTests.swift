import CallProtocol
import Foundation
import NIOCore
import Operations
import Synchronization
import TestKit
import Testing

@testable import SpokeOperations

@Suite struct TTYTests {
    @Test("A program's outputs come apart, then the drained stdout, then its exit as the last chunk")
    func outputs() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "echo out; echo err >&2; exit 7")
            #expect(talk.accepted.pid != nil)
            #expect(talk.accepted.stdinWindow == 1 << 20)
            let heard = try await talk.hear()
            #expect(heard.text == "out\n")
            #expect(heard.errors == "err\n")
            #expect(heard.exit == ["type": "exit", "code": 7])
            #expect(heard.order.suffix(2) == ["1.", "exit"])
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A signal shows in the exit chunk as its negative number and its name")
    func signalled() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let heard = try await Talk(spoke, "kill -KILL $$").hear()
            #expect(heard.exit == ["type": "exit", "code": -9, "signal": "KILL"])
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A program that is not there is accepted and exits with 127, one that cannot be executed with 126")
    func notFound() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let missing = try await Talk(spoke, TTYOpenInput(cmd: ["no-such-program-here"]))
            #expect(missing.accepted.pid == nil)
            let heard = try await missing.hear()
            #expect(heard.code == 127)
            #expect(heard.exit?["error"]?.stringValue?.contains("no-such-program-here") == true)
            #expect(heard.order == ["1.", "exit"])
            let folderAsProgram = try await Talk(spoke, TTYOpenInput(cmd: ["/etc"])).hear()
            #expect(folderAsProgram.code == 126)
            let nowhere = try await Talk(spoke, TTYOpenInput(cmd: ["true"], cwd: "/no/such/folder")).hear()
            #expect(nowhere.code == 126)
            #expect(nowhere.exit?["error"]?.stringValue?.contains("working directory /no/such/folder") == true)
            let relative = try await Talk(spoke, TTYOpenInput(cmd: ["./absent.sh"], cwd: "/tmp")).hear()
            #expect(relative.exit?["error"]?.stringValue == "./absent.sh: no such file in /tmp")
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("What is not offered is refused with its code")
    func refusals() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            func code(_ adjust: (inout TTYOpenInput) -> Void) async -> ErrorCode? {
                var input = TTYOpenInput(cmd: ["true"])
                adjust(&input)
                return await refusal { try await Talk(spoke, input) }?.code
            }
            #expect(await code { $0.backend = "teletype" } == .notFound)
            #expect(await code { $0.cmd = [] } == .invalidInput)
            #expect(await code { $0.cmd = [""] } == .invalidInput)
            #expect(await code { $0.env = ["A=B": ""] } == .invalidInput)
            #expect(await code { $0.user = "nobody-of-that-name" } == .failedPrecondition)
            #expect(
                await code {
                    $0.backend = "local"; $0.session = SessionRequest()
                } == nil)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("Megabytes go through a program and back unharmed, every byte acknowledged", arguments: [40_000_000])
    func throughput(_ size: Int) async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, TTYOpenInput(cmd: ["cat"]))
            let window = talk.accepted.stdinWindow
            let pattern = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            let expected = ByteBuffer(bytes: pattern)
            let acknowledged = AckCount()
            async let sending: Void = {
                var sent = 0
                while sent < size {
                    let count = min(pattern.count, size - sent)
                    while sent + count - acknowledged.value > window { try await acknowledged.grown() }
                    try await talk.stream.send(.stdin, expected.getSlice(at: 0, length: count) ?? ByteBuffer())
                    sent += count
                }
                try await talk.endInput()
            }()
            var received = 0
            var mismatches = 0
            var exit: JSONValue?
            while let part = try await talk.stream.next() {
                switch part {
                case .bytes(.stdout, let bytes):
                    // Compared as buffers, which is one memcmp: byte by byte takes minutes unoptimised.
                    var bytes = bytes
                    while bytes.readableBytes > 0 {
                        let at = received % pattern.count
                        let count = min(bytes.readableBytes, pattern.count - at)
                        if bytes.readSlice(length: count) != expected.getSlice(at: at, length: count) {
                            mismatches += 1
                        }
                        received += count
                    }
                case .control(let json):
                    let control = try RawJSON(validating: json).value()
                    if let count = control["stdin"]?.integerValue { acknowledged.set(Int(count)) }
                    if control["type"] == "exit" { exit = control }
                default: break
                }
            }
            try await sending
            #expect(received == size)
            #expect(mismatches == 0)
            #expect(acknowledged.value == size)
            #expect(exit?["code"] == 0)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("END by the caller closes stdin only: output and exit still arrive", arguments: ["end", "eof", "empty"])
    func endOfInput(_ how: String) async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "cat; echo after")
            try await talk.type("typed\n")
            switch how {
            case "end": talk.stream.finish()
            case "eof": try await talk.endInput()
            default: try await talk.stream.send(.stdin, ByteBuffer())
            }
            let heard = try await talk.hear()
            #expect(heard.text == "typed\nafter\n")
            #expect(heard.acknowledged == 6)
            #expect(heard.code == 0)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A signal passes by input that the program does not read")
    func signalPasses() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(
                spoke, "trap 'echo caught; exit 3' USR1; echo ready; while :; do sleep 0.02; done")
            _ = try await talk.hear { $0.text == "ready\n" }
            let block = ByteBuffer(repeating: 0, count: 65_536)
            for _ in 0..<16 { try await talk.stream.send(.stdin, block) }
            try await talk.signal("NO-SUCH-SIGNAL")
            try await talk.stream.sendControl(["type": "resize", "cols": 80, "rows": 24])
            try await talk.signal("USR1")
            let heard = try await talk.hear()
            #expect(heard.text == "caught\n")
            #expect(heard.code == 3)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("Input that nobody reads any more is dropped and acknowledged")
    func closedStdin() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "exec 0<&-; echo closed; while [ ! -e \(folder)/go ]; do sleep 0.02; done")
            _ = try await talk.hear { $0.text == "closed\n" }
            for _ in 0..<4 { try await talk.stream.send(.stdin, ByteBuffer(repeating: 0, count: 65_536)) }
            let acknowledged = try await talk.hear { $0.acknowledged == 4 * 65_536 }
            #expect(acknowledged.acknowledged == 4 * 65_536)
            try touch(folder + "/go")
            #expect(try await talk.hear().code == 0)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("More than the window unacknowledged resets the stream and ends the program")
    func overWindow() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "echo $$; exec sleep 600")
            let pid = try #require(try await talk.hear { $0.text.hasSuffix("\n") }.pid)
            let failure = await streamFailure {
                for _ in 0..<40 { try await talk.stream.send(.stdin, ByteBuffer(repeating: 0, count: 65_536)) }
                _ = try await talk.hear()
            }
            #expect(failure?.code == .flow)
            try await eventually { !isAlive(pid) }
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A caller that goes away takes its program with it: HUP, and KILL for one that ignores it")
    func callerGone() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "echo $$; exec sleep 600")
            let pid = try #require(try await talk.hear { $0.text.hasSuffix("\n") }.pid)
            talk.stream.reset(.aborted, "gone")
            try await eventually { !isAlive(pid) }
            let stubborn = try await Talk(spoke, "trap '' HUP TERM; echo $$; while :; do sleep 0.1; done")
            let other = try #require(try await stubborn.hear { $0.text.hasSuffix("\n") }.pid)
            stubborn.stream.reset(.unavailable, "the link was lost")
            try await eventually { !isAlive(other) }
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("Output that a descendant still holds is given up after silence, and the exit says so")
    func heldOpen() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "sleep 600 & echo $!; exit 4")
            let heard = try await talk.hear()
            #expect(heard.code == 4)
            #expect(heard.exit?["outputOpen"] == true)
            let left = try #require(heard.pid)
            #expect(isAlive(left))
            kill(left, SIGKILL)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A descendant that never stops writing does not keep the exit back")
    func babbling() async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "yes & exit 4")
            let heard = try await talk.hear()
            #expect(heard.code == 4)
            #expect(heard.exit?["outputOpen"] == true)
            await spoke.services.shutdown(endSessions: false)
        }
    }

    @Test("A chunk that a caller may not send resets the stream", arguments: [ChunkType.stdout, .stderr])
    func wrongDirection(_ type: ChunkType) async throws {
        try await withFolder { folder in
            let spoke = try Spoke(folder)
            let talk = try await Talk(spoke, "exec sleep 600")
            let failure = await streamFailure {
                try await talk.stream.send(type, ByteBuffer(string: "x"))
                _ = try await talk.hear()
            }
            #expect(failure?.code == .protocolViolation)
            await spoke.services.shutdown(endSessions: false)
        }
    }
}

extension Talk.Heard {
    /// The number that a script has printed.
    var pid: Int32? { Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) }
}

/// The failure of a stream that must fail.
func streamFailure(_ body: () async throws -> Void) async -> StreamFailure? {
    do {
        try await body()
        return nil
    } catch {
        return error as? StreamFailure
    }
}

/// How much was acknowledged so far, for the one who sends.
final class AckCount: Sendable {
    private let signal = Signal()
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func set(_ value: Int) {
        count.withLock { $0 = value }
        signal.fire()
    }

    /// Returns when there is more than at the last look.
    func grown() async throws {
        let seen = signal.count
        let before = value
        guard value == before else { return }
        try await signal.wait(after: seen)
    }
}
