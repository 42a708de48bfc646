import Daemon
import Glibc
import Providers

extension CredentialReader {
    /// Secrets of this process's environment, of files, and of programs that it runs.
    static let ofThisHub = CredentialReader(
        variable: { name in getenv(name).map { String(cString: $0) } },
        file: { path in String(decoding: try AtomicFile.read(path, limit: 1 << 16), as: UTF8.self) },
        program: { words in
            guard let run = try await ToolRun.run(words, patience: .seconds(30)), run.code == 0 else {
                throw Failure.failed("\(words[0]) failed, or took longer than 30 s")
            }
            return run.output
        })
}
