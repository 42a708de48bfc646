import Foundation
import Glibc
import Processes

/// A shell script with the usual PATH and nothing else in its environment.
func shell(_ script: String, _ arguments: String..., in directory: String? = nil) -> ProcessSpec {
    ProcessSpec(
        arguments: ["/bin/sh", "-c", script, "sh"] + arguments, environment: ["PATH": "/usr/bin:/bin"],
        workingDirectory: directory)
}

/// Everything a program still has to say on one stream.
func readAll(_ process: ChildProcess, _ stream: ProcessOutput = .stdout) async throws -> [UInt8] {
    var all: [UInt8] = []
    while let bytes = try await process.read(stream) { all += bytes }
    return all
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Whether a process is in the process table at all.
func isInTable(_ pid: Int32) -> Bool { FileManager.default.fileExists(atPath: "/proc/\(pid)") }

extension ChildProcess {
    /// Writes all bytes to the program's stdin, waiting while the pipe is full.
    func write(_ bytes: [UInt8]) async throws {
        var done = 0
        while done < bytes.count {
            switch try bytes.withUnsafeBytes({ try writeNow(UnsafeRawBufferPointer(rebasing: $0[done...])) }) {
            case .bytes(let count): done += count
            case .wouldBlock: try await waitWritable()
            }
        }
    }
}
