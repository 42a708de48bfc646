import Foundation
import Processes
import TestKit
import Testing

/// The binary on a terminal, as a person has it.
final class TerminalProgram: Sendable {
    private let child: ChildProcess
    private let reading: Task<Void, Never>
    private let shown: Recorder<[UInt8]>

    init(_ arguments: [String], environment: [String: String], folder: String, columns: UInt16 = 80, rows: UInt16 = 24)
        throws
    {
        let spec = ProcessSpec(arguments: arguments, environment: environment, workingDirectory: folder)
        let child = try ChildProcess.start(spec, on: TerminalSize(columns: columns, rows: rows))
        let shown = Recorder<[UInt8]>()
        self.child = child
        self.shown = shown
        reading = Task {
            while let bytes = try? await child.read(.stdout) { shown.add(bytes) }
        }
    }

    var pid: Int32 { child.pid }
    var text: String { String(decoding: shown.all.joined(), as: UTF8.self) }

    func type(_ text: String) async throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            switch try rest.withUnsafeBytes({ try child.writeNow($0) }) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try await child.waitWritable()
            }
        }
    }

    func resize(columns: UInt16, rows: UInt16) { child.resize(TerminalSize(columns: columns, rows: rows)) }

    func shows(_ text: String, seconds: Double = 30) async throws {
        try await until("\(text.debugDescription) on the terminal", seconds: seconds) { self.text.contains(text) }
    }

    /// Its end, and all that it has shown is read.
    func wait() async -> Int32 {
        let exit = await child.exit()
        await reading.value
        return exit.shellCode
    }

    /// Drives a shell on a terminal of 100 columns and 30 rows: its size and another, Ctrl-C, and its own code at the end.
    func behaves() async throws {
        // The news of a size takes its way beside what is typed.
        func knows(_ size: String) async throws {
            try await until("the size \(size)") {
                try await self.type("stty size\r")
                return self.text.contains(size + "\r\n")
            }
        }
        try await knows("30 100")
        resize(columns: 61, rows: 17)
        try await knows("17 61")
        try await type("sh -c 'echo up \"up\"; exec sleep 4321'\r")
        try await shows("up up\r\n")
        try await type("\u{3}")
        try await type("echo code $?\r")
        try await shows("code 130\r\n")
        try await type("exit 7\r")
        #expect(await wait() == 7)
    }

    func signal(_ number: Int32) { kill(child.pid, number) }

    /// Whether its terminal takes lines, as it does for a shell.
    var takesLines: Bool {
        get async throws { try await stty("-a").text.split(separator: " ").contains("icanon") }
    }

    /// Looks at its terminal's settings, or changes them.
    func stty(_ arguments: String...) async throws -> Program.Result {
        try await Program(
            "/bin/stty", ["-F", "/proc/\(child.pid)/fd/0"] + arguments, environment: [:], folder: URL(filePath: "/tmp")
        ).wait()
    }
}

extension Fleet {
    /// Starts the binary on a terminal.
    func startOnTerminal(
        _ arguments: String..., columns: UInt16 = 80, rows: UInt16 = 24, environment extra: [String: String] = [:]
    ) throws -> TerminalProgram {
        try startOnTerminal(arguments, columns: columns, rows: rows, environment: extra)
    }

    func startOnTerminal(
        _ arguments: [String], columns: UInt16 = 80, rows: UInt16 = 24, environment extra: [String: String] = [:]
    ) throws -> TerminalProgram {
        try TerminalProgram(
            [try BuiltBinary.path()] + arguments,
            environment: environment.merging(["TERM": "xterm"]) { $1 }.merging(extra) { $1 }, folder: folder.path,
            columns: columns, rows: rows)
    }
}
