import Foundation
import Glibc
import Processes
import TestKit
import Testing

@Suite("A program that cannot be started")
struct LaunchErrorTests {
    private func refusal(_ spec: ProcessSpec) -> LaunchError? {
        do throws(LaunchError) {
            _ = try ChildProcess.start(spec)
            return nil
        } catch {
            return error
        }
    }

    @Test("is 127 when there is no such program", arguments: ["no-such-program", "/no/such/program", "./nor-this"])
    func notFound(_ program: String) {
        let error = refusal(ProcessSpec(arguments: [program], environment: ["PATH": "/usr/bin:/bin"]))
        #expect(error?.exitCode == 127)
        #expect(error?.description.contains(program) == true)
    }

    @Test("is 126 when it is a folder, a plain file, or its interpreter is missing")
    func notExecutable() async throws {
        try await withFolder { folder in
            try Data("text".utf8).write(to: URL(filePath: folder + "/plain"))
            try Data("text".utf8).write(to: URL(filePath: folder + "/format"))
            try Data("#!/no/such/interpreter\n".utf8).write(to: URL(filePath: folder + "/script"))
            chmod(folder + "/format", 0o755)
            chmod(folder + "/script", 0o755)
            for program in [folder, folder + "/plain", folder + "/format", folder + "/script"] {
                #expect(refusal(ProcessSpec(arguments: [program], environment: [:]))?.exitCode == 126)
            }
            #expect(refusal(ProcessSpec(arguments: ["plain"], environment: ["PATH": folder]))?.exitCode == 126)
        }
    }

    @Test("says so when the working directory is none", arguments: ["/no/such/folder", "/etc/passwd"])
    func directory(_ path: String) {
        guard case .badWorkingDirectory = refusal(shell("true", in: path)) else {
            Issue.record("another error")
            return
        }
    }

    @Test("is refused before the system is asked when the words cannot be passed on")
    func invalid() {
        let bad = [
            ProcessSpec(arguments: [], environment: [:]),
            ProcessSpec(arguments: ["/bin/true", "a\0b"], environment: [:]),
            ProcessSpec(arguments: ["/bin/true"], environment: ["A=B": "c"]),
            ProcessSpec(arguments: ["/bin/true"], environment: ["": "c"]),
            ProcessSpec(arguments: ["/bin/true"], environment: ["A": "b\0"]),
        ]
        for spec in bad { #expect(refusal(spec)?.exitCode == nil && refusal(spec) != nil) }
    }

    @Test("too long a command line is an error and no trap")
    func tooLong() {
        let spec = ProcessSpec(arguments: ["/bin/true", String(repeating: "x", count: 4_000_000)], environment: [:])
        #expect(refusal(spec) != nil)
    }
}
