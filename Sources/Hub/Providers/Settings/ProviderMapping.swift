import CallProtocol
import Formats
import OpenAPI

/// How an API is called, beyond what its document can say; written by people, as YAML.
struct ProviderMapping: Sendable, Equatable {
    /// Instead of the document's servers.
    var server: ServerURL?
    /// Where the credential may go besides the API's own server.
    var origins: [Origin] = []
    /// Whether the API may be at an address of a private network.
    var allowsPrivate = false
    /// Operations that are not internal.
    var external: [String] = []
    /// The least time between two calls of an operation, by its name; `*` for all others.
    var minimumIntervals: [String: Duration] = [:]
    /// How operations give long lists in pieces, by name.
    var paging: [String: Paging] = [:]
    /// How long one request may take.
    var timeout: Duration?

    init() {}

    /// - Throws: `INVALID_INPUT` that names the key and the reason.
    init(_ text: String) throws(CallError) {
        let value: JSONValue
        do throws(DocumentError) { value = try DocumentReader.read(Array(text.utf8), file: "mapping") } catch {
            throw CallError(.invalidInput, error.description)
        }
        var fields = try MappingFields(value, at: "mapping")
        if let text = try fields.text("server") {
            guard let url = ServerURL(text) else {
                throw MappingFields.wrong("mapping.server", "`\(text.prefix(200))` is no URL")
            }
            server = url
        }
        for text in try fields.texts("origins") {
            guard let url = ServerURL(text), url.basePath.isEmpty else {
                throw MappingFields.wrong(
                    "mapping.origins", "`\(text.prefix(200))` is no origin, such as https://api.example")
            }
            origins.append(url.origin)
        }
        allowsPrivate = try fields.bool("allowPrivateAddresses") ?? false
        external = try fields.texts("external")
        for (name, text) in try fields.pairs("minimumInterval") {
            minimumIntervals[name] = try MappingFields.duration(text, at: "mapping.minimumInterval.\(name)")
        }
        for (name, value) in try fields.objects("paging") {
            paging[name] = try Paging(value, at: "mapping.paging.\(name)")
        }
        timeout = try fields.text("timeout").map { text throws(CallError) in
            try MappingFields.duration(text, at: "mapping.timeout")
        }
        try fields.finish()
    }

    /// The least time between two calls of an operation.
    func interval(_ operation: String) -> Duration { minimumIntervals[operation] ?? minimumIntervals["*"] ?? .zero }
}
