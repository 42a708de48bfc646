import Engine
import Foundation
import NIOCore
import Operations
import Processes
import Synchronization
import TestKit
import Testing

@testable import SpokeOperations

@Suite("A program in a container whose engine goes on holding its output", .timeLimit(.minutes(1)))
struct ContainerProgramTests {
    @Test("ends with its process, and says that its output is open")
    func held() async throws {
        try await with(said: "the last words") { program, process in
            await process.end()
            #expect(try await output(of: program, count: 14) == 14)
            let exit = try await program.exit()
            #expect(exit.code == 7 && exit.outputOpen)
            #expect(try await program.next(.stdout) == nil)
        }
    }

    @Test("loses nothing for who begins to read late")
    func late() async throws {
        // More than a program's queue takes.
        let count = 900_000
        try await with(said: String(repeating: "x", count: count)) { program, process in
            await process.end()
            // Longer than an engine may be silent that somebody reads.
            try await Task.sleep(for: .seconds(5))
            #expect(try await output(of: program, count: count) == count)
            #expect(try await program.exit().code == 7)
        }
    }

    private func output(of program: ContainerProgram, count: Int) async throws -> Int {
        var got = 0
        while got < count, let bytes = try await program.next(.stdout) { got += bytes.readableBytes }
        return got
    }

    /// A program on a terminal, which is a process of this machine; the engine sends `text` and keeps the connection open.
    private func with(
        said text: String, _ body: @escaping (ContainerProgram, Process) async throws -> Void
    ) async throws {
        let process = try Process()
        try await FakeEngine.with { request in
            switch request.path {
            case "/exec/E/start": [.upgraded, .text(text), .hold]
            case "/exec/E/json": [.json(#"{"Running":\#(process.isRunning),"ExitCode":7,"Pid":0}"#)]
            default: []
            }
        } _: { engine, group in
            let client = EngineClient(EngineAddress(path: engine.path), group: group)
            let program = try await ContainerProgram.start(
                .exec(id: "E", container: "C"), hasTerminal: true, client, guardian: nil, clock: ContinuousClock())
            program.found = ForeignProcess(process.id) { _ in true }
            #expect(program.found != nil)
            try await body(program, process)
            await program.disconnect()
        }
        await process.end()
    }
}

/// A real process that ends when it is told to.
private final class Process: Sendable {
    private let child: ChildProcess
    private let isEnded = Mutex(false)

    init() throws {
        child = try ChildProcess.start(
            ProcessSpec(arguments: ["/bin/sleep", "60"], environment: [:], workingDirectory: "/"))
    }

    var id: Int32 { child.pid }
    var isRunning: Bool { isEnded.withLock { !$0 } }

    func end() async {
        kill(child.pid, SIGKILL)
        _ = try? await child.exitUnlessCancelled()
        isEnded.withLock { $0 = true }
    }
}
