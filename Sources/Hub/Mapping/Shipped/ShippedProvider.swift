/// A provider whose document Capstan knows: how it is called and rented from, and what its document gets wrong.
package struct ShippedProvider: Sendable {
    /// What it is chosen by: `--mapping builtin:runpod`.
    package let name: String
    /// Its document's server, by which it is known.
    package let server: String
    /// An operation that the document has, by whose name its edition is known.
    package let landmark: String
    /// YAML.
    package let mapping: String
    /// An OpenAPI Overlay, YAML; nil where the document is right.
    package let overlay: String?
    /// OpenAPI, YAML; nil where the document is its maker's to give.
    package let document: String?

    package static let all = [runpod, runpodV1, vast, local]

    /// What the name of one begins with where a file could stand too.
    package static let prefix = "builtin:"

    package init(
        name: String, server: String, landmark: String, mapping: String, overlay: String?, document: String? = nil
    ) {
        (self.name, self.server, self.landmark) = (name, server, landmark)
        (self.mapping, self.overlay, self.document) = (mapping, overlay, document)
    }

    package static func named(_ name: String) -> ShippedProvider? { all.first { $0.name == name } }

    /// The one whose document has that server; a slash at its end does not count.
    package static func of(server: String) -> ShippedProvider? {
        let bare = server.hasSuffix("/") ? String(server.dropLast()) : server
        return all.first { $0.server == bare }
    }
}
