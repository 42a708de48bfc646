import Daemon

/// Which rented machine this is, as its provider numbers it; a token may be bound to that.
///
/// It is said by `--instance`, by `CAPSTAN_INSTANCE`, or by what RunPod and Vast put into their machines' environment, in
/// this order. What was said once is kept in the state directory, for a start from an environment without it.
enum ProviderInstance {
    static let file = "provider-instance"
    /// Bytes.
    static let maximumLength = 128

    /// - Throws: `Failure` for a text that is no id, `FileError` when the state directory cannot be used.
    static func resolve(
        flag: String?, environment: [String: String], directory: StateDirectory
    ) throws -> String? {
        let path = directory.file(file)
        let kept = try AtomicFile.readIfPresent(path, limit: 2 * maximumLength)
            .map { String(decoding: $0.prefix { $0 != 0x0A }, as: UTF8.self) }
        guard let said = try said(flag: flag, environment: environment) else { return kept }
        if said != kept { try AtomicFile.write(said + "\n", to: path) }
        return said
    }

    /// What the command line or the environment says.
    static func said(flag: String?, environment: [String: String]) throws(Failure) -> String? {
        if let flag { return try checked(flag, "--instance") }
        if let own = environment["CAPSTAN_INSTANCE"], !own.isEmpty { return try checked(own, "CAPSTAN_INSTANCE") }
        let foreign = environment["RUNPOD_POD_ID"] ?? vast(environment)
        return foreign.flatMap { isID($0) ? $0 : nil }
    }

    /// `CONTAINER_ID` alone is too common a name: Vast's label has to stand beside it, or holds the number itself as
    /// `C.NUMBER`.
    private static func vast(_ environment: [String: String]) -> String? {
        guard let label = environment["VAST_CONTAINERLABEL"] else { return nil }
        if let id = environment["CONTAINER_ID"], !id.isEmpty { return id }
        let number = label.hasPrefix("C.") ? label.dropFirst(2) : label[...]
        return number.allSatisfy { $0.isASCII && $0.isNumber } ? String(number) : nil
    }

    private static func checked(_ text: String, _ source: String) throws(Failure) -> String {
        guard isID(text) else {
            throw .misuse("\(source) is 1 to \(maximumLength) printable ASCII characters without blanks")
        }
        return text
    }

    private static func isID(_ text: String) -> Bool {
        (1...maximumLength).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}
