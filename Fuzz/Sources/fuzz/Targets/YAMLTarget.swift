import CallProtocol
import Daemon
import NIOCore
import Operations

@testable import capstan

/// Workloads and roles as people write them.
enum YAMLTarget {
    static let target = FuzzTarget(
        name: "yaml", largest: 32_768,
        words: [
            "name: ", "cmd: ", "node: ", "labels: ", "cpus: ", "memory: ", "env: ", "cwd: ", "priority: ", "retries: ",
            "retryOnFailure: ", "timeLimit: ", "logLimit: ", "grants: ", "scopes: ", "nodes: ", "resources: ", "- ",
            "\n  ",
            "\n", "---\n", "...\n", "&a ", "*a", "!!int ", "!!binary ", "<<: ", "? ", ": ", "|\n", ">-\n", "[", "{",
            "}", "]",
            "~", "null", "0x7f", "0o17", "1e3", ".inf", ".nan", "4G", "90s", "\"\\x1b\"", "\u{85}", "\u{FEFF}",
        ],
        seeds: seeds, run: run)

    @Sendable private static func run(_ bytes: [UInt8]) {
        // A file that is not UTF-8 is refused before.
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        switch attempt(Failure.self, { try JobFile.parse(text, name: "job.yaml") }) {
        case .failure(let failure): check(failure)
        case .success(let spec):
            must(spec.cpus.map { WorkloadRanges.cpus.contains($0) } ?? true, "cpus are within their range")
            must(spec.memory ?? 0 >= 0 && spec.logLimitBytes ?? 0 >= 0, "sizes are not negative")
            must(spec.timeLimitMs.map { $0 >= 0 } ?? true, "times are not negative")
            let written = attempt(EncodingError.self) { try JSONCoding.encode(spec) }
            guard case .success(let written) = written else { return must(false, "\(spec) can be sent: \(written)") }
            let read = attempt(DecodingError.self) { try JSONCoding.decode(WorkloadSpec.self, from: written) }
            guard case .success(let read) = read else { return must(false, "\(written) can be read: \(read)") }
            must((try? JSONCoding.encode(read).value()) == (try? written.value()), "\(written) comes back")
        }
        switch attempt(Failure.self, { try RoleFile.parse(text, name: "role.yaml") }) {
        case .failure(let failure): check(failure)
        case .success(let role):
            must(!role.grants.isEmpty && role.grants.allSatisfy { !$0.scopes.isEmpty }, "a role grants")
        }
    }

    private static func check(_ failure: Failure) {
        must(failure.exit == .malformed, "\(failure) ends with the code for a bad file")
        // What is said of a file is shown on a terminal.
        must(
            CellText.line(failure.message) == failure.message,
            "no control characters in \(failure.message.debugDescription)")
        must(failure.message.utf8.count < 4096, "\(failure.message.utf8.count) bytes are no message")
    }

    @Sendable private static func seeds() -> [[UInt8]] {
        let deep = String(repeating: "[", count: 3000) + String(repeating: "]", count: 3000)
        let bomb = (1...9).map {
            "k\($0): &a\($0) [" + Array(repeating: "*a\($0 - 1)", count: 9).joined(separator: ",") + "]\n"
        }
        return Seeds.texts([
            "name: train\ncmd: [python, train.py]\nlabels: {gpu: \"true\"}\ncpus: 2.5\nmemory: 4G\nenv:\n  A: b\n  C: \"\"\n",
            "cmd: [sh, -c, \"true\"]\nnode: n1\nlabels: [gpu=true, !slow]\ntimeLimit: 1h30m\nlogLimit: 1MiB\nretries: 3\n",
            "{\"cmd\":[\"a\"],\"priority\":5,\"retryOnFailure\":true,\"cwd\":\"/tmp\"}",
            "name: r\ngrants:\n  - scopes: [\"workload:*\"]\n    nodes: [gpu]\n    resources: [\"a/*\"]\n  - scopes: [host:facts]\n",
            "", "---\n", "a: 1\na: 2\n", "cmd: \(deep)\n", "k0: &a0 x\n" + bomb.joined(), "? {\(deep)\n: 1",
            "cmd: [\"\\x1b[2J\"]\nn\\e: 1",
            "a: &x [*x]", "\"\\x1b[31m\": 1", "cpus: .nan", "memory: 99999999999P", "priority: 0x7fffffffffffffff",
        ])
    }
}
