import ArgumentParser

/// By whose right a tunnel is there, where nobody is logged in.
struct HelperOption: ParsableArguments {
    @Option(
        name: .customLong("credentials-helper"),
        help: ArgumentHelp(
            "A program that prints a token of kind tunnel each time that one is needed; left out, the operator who is logged in.",
            valueName: "program"),
        completion: .file())
    var program: String?

    /// - Throws: a ``Failure`` of exit code 78 for what is no program.
    func resolved() throws -> CredentialsHelper? { try program.map { try CredentialsHelper($0) } }
}
