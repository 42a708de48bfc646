import Foundation
import TestKit

/// A process of the real binary, its output in files so that no pipe can fill up.
final class Program: @unchecked Sendable {
    // Unchecked: Foundation's Process is not Sendable; this class only starts it, signals by pid and waits.
    private let process = Process()
    private let out: URL
    private let err: URL
    private let exited = DispatchSemaphore(value: 0)

    /// What became of a finished program.
    struct Result: Sendable {
        var code: Int32
        var out: Data
        var err: String

        var text: String { String(decoding: out, as: UTF8.self) }

        /// The value printed with `-o json`.
        func json() throws -> Any { try JSONSerialization.jsonObject(with: out, options: [.fragmentsAllowed]) }
    }

    init(
        _ executable: String, _ arguments: [String], environment: [String: String], folder: URL, input: URL? = nil
    ) throws {
        let id = UUID().uuidString
        out = folder.appendingPathComponent("\(id).out")
        err = folder.appendingPathComponent("\(id).err")
        for file in [out, err] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = try input.map { try FileHandle(forReadingFrom: $0) } ?? FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: out)
        process.standardError = try FileHandle(forWritingTo: err)
        let exited = exited
        process.terminationHandler = { _ in exited.signal() }
        try process.run()
    }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var outputSoFar: String { (try? String(contentsOf: out, encoding: .utf8)) ?? "" }
    var errorsSoFar: String { (try? String(contentsOf: err, encoding: .utf8)) ?? "" }

    /// Whether it has a handler for a signal by now.
    func catches(_ signal: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") }
        let mask = line.flatMap { UInt64($0.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) } ?? 0
        return mask & (1 << UInt64(signal - 1)) != 0
    }

    func signal(_ number: Int32) { if isRunning { kill(pid, number) } }

    /// Waits for the end; past `seconds` the program is killed, and its code is -1.
    func wait(seconds: Double = 60) async -> Result {
        let limit = DispatchTime.now() + seconds
        let timely = try? await blocking {
            let isOver = self.exited.wait(timeout: limit) == .success
            if !isOver { kill(self.pid, SIGKILL) }
            self.process.waitUntilExit()
            // Whoever asks again finds it over too.
            self.exited.signal()
            return isOver
        }
        let code =
            process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
        return Result(
            code: timely == true ? code : -1, out: (try? Data(contentsOf: out)) ?? Data(), err: errorsSoFar)
    }

    /// Resident memory in bytes, by /proc.
    var memory: Int {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) * 1024
    }
}
