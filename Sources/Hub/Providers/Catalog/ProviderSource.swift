import CallProtocol
import OpenAPI
import Operations

/// What an API was imported from: kept as JSON, and read again when the hub starts.
struct ProviderSource: Codable, Sendable, Hashable {
    var name: String
    var root: String
    var files: [ProviderImportInput.File]
    var overlay: String?
    var mapping: String?
    var credentials: [String]
    var include: [String]
    var exclude: [String]
    var server: String?

    init(_ input: ProviderImportInput) {
        (name, root, files) = (input.name, input.root, input.files)
        (overlay, mapping, server) = (input.overlay, input.mapping, input.server)
        (credentials, include, exclude) = (input.credentials ?? [], input.include ?? [], input.exclude ?? [])
    }
}

/// `*` for any letters; nothing else is special.
enum NamePattern {
    static func matches(_ pattern: String, _ name: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == name }
        guard name.hasPrefix(first), name.hasSuffix(last), name.count >= first.count + last.count else { return false }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}
