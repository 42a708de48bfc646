package import CallProtocol
package import OpenAPI

/// How an API is called, beyond what its document can say; written by people, as YAML.
package struct ProviderMapping: Sendable, Equatable {
    /// Instead of the document's servers.
    package var server: ServerURL?
    /// Where the credential may go besides the API's own server.
    package var origins: [Origin] = []
    /// Whether the API may be at an address of a private network.
    package var allowsPrivate = false
    /// Operations that are not internal.
    package var external: [String] = []
    /// The least time between two calls of an operation, by its name; `*` for all others.
    package var minimumIntervals: [String: Duration] = [:]
    /// Whether every path ends in a slash, also where the document's does not.
    package var trailingSlash = false
    /// How operations give long lists in pieces, by name.
    package var paging: [String: Paging] = [:]
    /// Operations that are never tried again by themselves, whatever their method says.
    package var once: [String] = []
    /// How long one request may take.
    package var timeout: Duration?
    /// How machines are rented there; nil where it has none to rent.
    package var rent: RentMapping?

    package init() {}

    /// - Throws: `INVALID_INPUT` that names the key and the reason.
    package init(_ text: String) throws(CallError) {
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
        once = try fields.texts("once")
        trailingSlash = try fields.bool("trailingSlash") ?? false
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
        if var rent = try fields.object("rent") { self.rent = try RentMapping(&rent) }
        try fields.finish()
    }

    /// Whether an operation is never tried again by itself: what rents something is not, even as a PUT.
    package func isOnce(_ operation: String) -> Bool {
        once.contains(operation) || rent?.create.operation == operation
    }

    /// The least time between two calls of an operation.
    package func interval(_ operation: String) -> Duration {
        minimumIntervals[operation] ?? minimumIntervals["*"] ?? .zero
    }
}
