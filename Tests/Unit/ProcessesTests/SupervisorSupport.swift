import Foundation
import Glibc
import Processes
import TestKit

/// Starts a shell script under a supervisor.
func supervise(
    _ script: String, _ directory: String, _ adjust: (inout SupervisorSpec) -> Void = { _ in }
) async throws -> SupervisorStart {
    var spec = SupervisorSpec(process: shell(script))
    // Ends what a killed test run leaves behind.
    spec.timeLimitMs = 150_000
    adjust(&spec)
    return try await SupervisorClient.start(spec, directory: directory, executable: BuiltBinary.path())
}

/// The exit record of a session, waited for.
func ended(_ directory: String) async throws -> ExitRecord {
    guard case .exited(let record) = try await SupervisorClient.waitForExit(directory) else {
        throw SystemError("find the exit record", code: ENOENT)
    }
    return record
}

/// All records of a session or of a recording.
func records(_ path: String) throws -> [Record] {
    let reader = try RecordingReader(path: path)
    var all: [Record] = []
    while let record = try reader.next() { all.append(record) }
    return all
}

/// One kind of output of a session.
func output(_ directory: String, _ kind: Record.Kind = .stdout) throws -> [UInt8] {
    try records(SupervisorClient.recordingPath(directory)).filter { $0.kind == kind }.flatMap(\.bytes)
}

/// The pid of a session's supervisor.
func supervisorPid(_ directory: String) throws -> Int32 {
    let text = try String(contentsOfFile: directory + "/started", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("supervisor=") } ?? "supervisor=0"
    return Int32(line.dropFirst("supervisor=".count)) ?? 0
}
