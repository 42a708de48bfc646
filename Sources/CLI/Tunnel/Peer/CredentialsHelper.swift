import CallProtocol
import Glibc
import Operations
import Processes

/// A program whose stdout is a token. It gets no arguments, no input, and none of our variables.
struct CredentialsHelper: Sendable {
    /// Absolute.
    let path: String

    private static let patience = Duration.seconds(30)

    /// The program that a text names, looked up now.
    /// - Throws: a ``Failure`` of exit code 78 for what cannot be run.
    init(_ text: String) throws {
        guard let real = realpath(text, nil) else {
            throw Failure.notConfigured(
                "the credentials helper \(CellText.line(text)): \(String(cString: strerror(errno)))")
        }
        defer { free(real) }
        path = String(cString: real)
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
            throw Failure.notConfigured(
                "the credentials helper \(CellText.line(path)) is no program that can be run",
                advice: "chmod +x it, and give the program alone, without arguments")
        }
    }

    /// What it prints now.
    /// - Throws: a ``Failure`` for a program that fails, takes longer than 30 s, or prints no token; what it prints is never shown.
    func token() async throws -> JoinToken {
        let environment = DetachedProcess.ownEnvironment().filter { !$0.key.hasPrefix("CAPSTAN_") }
        let run: ToolRun?
        do throws(any Error) {
            run = try await ToolRun.run([path], environment: environment, patience: Self.patience)
        } catch let error as LaunchError {
            throw Failure.failed("the credentials helper \(path): \(error)")
        }
        guard let run else { throw Failure(.timeout, "the credentials helper \(path) took longer than 30 s") }
        guard run.code == 0 else { throw Failure.failed("the credentials helper \(path) ended with \(run.code)") }
        do throws(JoinTokenError) { return try JoinToken(run.output) } catch {
            throw Failure(
                .tokenInvalid, "the credentials helper \(path): \(error)",
                advice: "it is to print a token of capstan token create --kind tunnel, and nothing else")
        }
    }
}
