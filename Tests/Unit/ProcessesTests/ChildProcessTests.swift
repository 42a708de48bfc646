import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("A program on pipes", .timeLimit(.minutes(2)))
struct ChildProcessTests {
    @Test("exits with the program's own code", arguments: [Int32(0), 1, 3, 126, 255])
    func code(_ code: Int32) async throws {
        let process = try ChildProcess.start(shell("exit \(code)"))
        #expect(await process.exit() == ProcessExit(code: code))
    }

    @Test("is found in the PATH of its own environment, not of ours")
    func path() async throws {
        try await withFolder { folder in
            // No file of its own: one that was just written cannot be run while a process forked meanwhile has it open.
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/only-here", withDestinationPath: "/bin/echo")
            let spec = ProcessSpec(arguments: ["only-here", "mine"], environment: ["PATH": "/nowhere:" + folder])
            #expect(text(try await readAll(ChildProcess.start(spec))) == "mine\n")
        }
    }

    @Test("that a signal ends says which")
    func signals() async throws {
        let process = try ChildProcess.start(shell("kill -KILL $$"))
        let exit = await process.exit()
        #expect(exit.signal == SIGKILL && exit.code == 137 && exit.shellCode == 137 && exit.signalName == "KILL")
    }

    @Test("keeps stdout and stderr apart")
    func apart() async throws {
        let process = try ChildProcess.start(shell("echo out; echo err >&2"))
        async let out = readAll(process, .stdout)
        async let err = readAll(process, .stderr)
        #expect(text(try await out) == "out\n")
        #expect(text(try await err) == "err\n")
    }

    @Test("passes 100 MB through unchanged")
    func bulk() async throws {
        let process = try ChildProcess.start(ProcessSpec(arguments: ["cat"], environment: ["PATH": "/usr/bin:/bin"]))
        let chunk = [UInt8]((0..<65_521).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        let count = 100_000_000 / chunk.count
        async let sent: Void = {
            for _ in 0..<count { try await process.write(chunk) }
            process.closeStdin()
        }()
        var position = 0
        var intact = true
        while let bytes = try await process.read(.stdout, max: 1 << 18) {
            var at = 0
            while at < bytes.count {
                let start = position % chunk.count
                let length = min(chunk.count - start, bytes.count - at)
                intact = intact && bytes[at..<at + length] == chunk[start..<start + length]
                at += length
                position += length
            }
        }
        try await sent
        #expect(intact)
        #expect(position == count * chunk.count)
        #expect(await process.exit().code == 0)
    }

    @Test("has exactly the environment it was given")
    func environment() async throws {
        let spec = ProcessSpec(arguments: ["/usr/bin/env"], environment: ["A": "1", "EMPTY": "", "NAME": "ä=b"])
        let lines = text(try await readAll(ChildProcess.start(spec))).split(separator: "\n").sorted()
        #expect(lines == ["A=1", "EMPTY=", "NAME=ä=b"])
    }

    @Test("starts where it is told")
    func directory() async throws {
        try await withFolder { folder in
            let output = text(try await readAll(ChildProcess.start(shell("pwd -P", in: folder))))
            #expect(output.hasSuffix(URL(filePath: folder).lastPathComponent + "\n"))
        }
    }

    @Test("has no descriptor of ours, no blocked and no ignored signal, and a session of its own")
    func clean() async throws {
        let leak = open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let process = try ChildProcess.start(
            shell(
                """
                ls /proc/self/fd | tr '\\n' ' '
                grep -E 'Sig(Blk|Ign)' /proc/self/status
                cut -d' ' -f5,6 /proc/$$/stat
                """))
        let output = text(try await readAll(process))
        // 3 is the folder that ls itself reads.
        #expect(output.hasPrefix("0 1 2 3 "))
        #expect(output.hasSuffix("\(process.pid) \(process.pid)\n"))
        let masks = output.split(separator: "\n").filter { $0.contains("Sig") }
            .compactMap { $0.split(separator: "\t").last.flatMap { UInt64($0, radix: 16) } }
        // 32 and 33 belong to the C library, which leaves them ignored in every program that posix_spawn starts.
        #expect(masks.count == 2 && masks.allSatisfy { $0 & ~(3 << 31) == 0 })
    }

    @Test("that reads no more makes writing throw, without harm to this process")
    func brokenPipe() async throws {
        let process = try ChildProcess.start(shell("exec 0<&-; sleep 30"))
        await #expect(throws: ProcessIOError.closed) {
            while true { try await process.write([UInt8](repeating: 7, count: 65_536)) }
        }
        await process.terminate(grace: .zero)
    }

    @Test("closing stdin lets a waiting write go")
    func closeWhileWriting() async throws {
        let process = try ChildProcess.start(shell("sleep 30"))
        let writing = Task { try await process.write([UInt8](repeating: 0, count: 4_000_000)) }
        try await eventually {
            (try? [UInt8(0)].withUnsafeBytes { try process.writeNow($0) }) == .wouldBlock
        }
        process.closeStdin()
        await #expect(throws: ProcessIOError.closed) { try await writing.value }
        await process.terminate(grace: .zero)
    }

    @Test("a read can be cancelled, and loses nothing")
    func cancelledRead() async throws {
        let process = try ChildProcess.start(shell("read line; echo $line"))
        let reading = Task { try await process.read(.stdout) }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        try await process.write(Array("later\n".utf8))
        #expect(text(try await readAll(process)) == "later\n")
    }

    @Test("waiting for its end can be cancelled")
    func cancelledExit() async throws {
        let process = try ChildProcess.start(shell("sleep 30"))
        let waiting = Task { try await process.exitUnlessCancelled() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(await process.terminate(signal: .terminate).signal == SIGTERM)
    }
}
