import Foundation
import Glibc
import Processes

// Only this: the kit has an `eventually` of its own.
import enum TestKit.Leftovers

/// A folder of its own for one test; removed afterwards, when nothing runs for it any more.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = Leftovers.folder("processes")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let result: Result<Value, any Error>
    do { result = .success(try await body(path)) } catch { result = .failure(error) }
    await Leftovers.endSupervisors(below: path)
    try? FileManager.default.removeItem(atPath: path)
    return try result.get()
}

/// A shell script with the usual PATH and nothing else in its environment.
func shell(_ script: String, _ arguments: String..., in directory: String? = nil) -> ProcessSpec {
    ProcessSpec(
        arguments: ["/bin/sh", "-c", script, "sh"] + arguments, environment: ["PATH": "/usr/bin:/bin"],
        workingDirectory: directory)
}

/// Everything a program still has to say on one stream.
func readAll(_ process: PipeProcess, _ stream: ProcessOutput = .stdout) async throws -> [UInt8] {
    var all: [UInt8] = []
    while let bytes = try await process.read(stream) { all += bytes }
    return all
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Looks again and again until `condition` holds; false when it does not within `limit`.
func eventually(within limit: Duration = .seconds(20), _ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

/// Whether a process is there and not a zombie.
func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
    return !stat.contains(") Z ") && !stat.contains(") X ")
}

/// Whether a process is in the process table at all.
func isInTable(_ pid: Int32) -> Bool { FileManager.default.fileExists(atPath: "/proc/\(pid)") }
