import CallProtocol
import OpenAPI

/// Reads secrets when they are needed, so that one that was changed counts from then on.
package struct CredentialReader: Sendable {
    private let variable: @Sendable (String) -> String?
    private let file: @Sendable (String) throws -> String
    private let program: @Sendable ([String]) async throws -> String

    /// - Parameters:
    ///   - variable: a variable of the environment; nil where there is none.
    ///   - file: the text of a file.
    ///   - program: what a program prints, that ends with 0.
    package init(
        variable: @escaping @Sendable (String) -> String?, file: @escaping @Sendable (String) throws -> String,
        program: @escaping @Sendable ([String]) async throws -> String
    ) {
        self.variable = variable
        self.file = file
        self.program = program
    }

    /// The secrets of all sources.
    /// - Throws: `FAILED_PRECONDITION` that names the source which gives none, and no secret.
    func credentials(_ sources: [CredentialSource]) async throws(CallError) -> [Credential] {
        var found: [Credential] = []
        for source in sources { found.append(Credential(scheme: source.scheme, secret: try await secret(source))) }
        return found
    }

    private func secret(_ source: CredentialSource) async throws(CallError) -> String {
        let text: String
        switch source.place {
        case .variable(let name):
            guard let value = variable(name) else {
                throw missing(source, "the hub's environment has no \(name); start the hub with it")
            }
            text = value
        case .file(let path):
            do { text = try file(path) } catch { throw missing(source, "the hub cannot read \(path)") }
        case .program(let words):
            do { text = try await program(words) } catch { throw missing(source, "\(words[0]) gave none") }
        }
        var secret = text[...]
        while secret.last?.isNewline == true { secret = secret.dropLast() }
        guard !secret.isEmpty else { throw missing(source, "it is empty") }
        return String(secret)
    }

    private func missing(_ source: CredentialSource, _ reason: String) -> CallError {
        CallError(.failedPrecondition, "the credential \(source) cannot be had: \(reason)")
    }
}
