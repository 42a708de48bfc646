import ArgumentParser
import Operations

/// How an image is fetched, as options.
struct ImageFetchOptions: ParsableArguments {
    @Option(help: "When the image is fetched: missing, always, never.") var pull: ImagePullPolicy?

    @OptionGroup var registry: RegistryOptions

    /// Who asks the registry; nil where nobody was named.
    func auth() async throws -> RegistryAuth? { try await registry.auth() }
}

/// Who asks a registry, as options. The password comes by stdin alone: arguments are seen by everyone on the machine.
struct RegistryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The user at the image's registry.", valueName: "name")) var registryUser: String?

    @Flag(help: "Read the user's password, or a token, from stdin.") var registryPasswordStdin = false

    /// Bytes of a password, at most.
    private static let longest = 64 << 10

    func auth() async throws -> RegistryAuth? {
        guard registryUser != nil || registryPasswordStdin else { return nil }
        guard let registryUser, registryPasswordStdin else {
            throw Failure.misuse("--registry-user and --registry-password-stdin are given together or not at all")
        }
        let text = try await InputDescriptor().text(limit: Self.longest)
        let password = String(text.prefix { $0 != "\n" && $0 != "\r\n" })
        guard !password.isEmpty else { throw Failure.misuse("there is no password on stdin") }
        return RegistryAuth(username: registryUser, password: password)
    }
}
