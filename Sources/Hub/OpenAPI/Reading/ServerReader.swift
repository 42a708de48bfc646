import CallProtocol

/// Reads which servers there are.
struct ServerReader {
    let root: Place
    let dialect: Dialect
    /// Is used instead of what the document says.
    let override: ServerURL?
    let log: DefectLog

    /// The server of an operation: its own, else its path's, else the document's.
    /// - Returns: nil where there is none; and whether it is not the document's.
    func server(of operation: Place, item: Place) -> (server: ServerURL?, isOwn: Bool) {
        let document = documentServer
        if override != nil { return (document, false) }
        for place in [operation["servers"], item["servers"]].compactMap({ $0 }) {
            if let own = first(of: place) { return (own, own.origin != document?.origin) }
        }
        return (document, false)
    }

    private var documentServer: ServerURL? {
        let own = dialect == .swagger2 ? swaggerServer : root["servers"].flatMap(first)
        guard var server = override else { return own }
        if server.basePath.isEmpty {
            server.basePath = own?.basePath ?? basePath(of: root["servers"]?.elements.first?.string("url"))
        }
        return server
    }

    /// The path of a server that names no host.
    private func basePath(of url: String?) -> String {
        guard let url, url.hasPrefix("/"), url != "/" else {
            return dialect == .swagger2 ? swaggerBasePath : ""
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }

    private var swaggerBasePath: String {
        let path = root.string("basePath") ?? ""
        guard path.hasPrefix("/") else { return path.isEmpty ? "" : "/" + path }
        return path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    private var swaggerServer: ServerURL? {
        guard let host = root.string("host") else { return nil }
        let schemes = root["schemes"]?.elements.compactMap(\.value.stringValue) ?? []
        let scheme = schemes.contains("https") || !schemes.contains("http") ? "https" : "http"
        let server = ServerURL("\(scheme)://\(host)\(swaggerBasePath)")
        if server == nil {
            log.add(.warning, at: root.under("host", .null), "the host \(host.prefix(200)) is none; use --server")
        }
        return server
    }

    private func first(of place: Place) -> ServerURL? {
        for element in place.elements {
            guard let element = element.resolved(), let text = element.string("url") else { continue }
            let url = filled(text, element["variables"])
            // A socket of this machine is for whoever imports to name, not for a document.
            if let server = ServerURL(url), server.origin.scheme != .unix { return server }
            if !url.hasPrefix("/"), !url.isEmpty {
                log.add(.warning, at: element, "the server \(url.prefix(200)) is no URL that can be called")
            }
        }
        return nil
    }

    /// The text with its variables' defaults.
    private func filled(_ text: String, _ variables: Place?) -> String {
        var filled = text
        for (name, place) in variables?.members ?? [] {
            let value = place.value["default"] ?? place.value["enum"]?[0]
            guard let value else {
                log.add(.warning, at: place, "the variable has no default")
                continue
            }
            filled = filled.split(separator: "{\(name)}", omittingEmptySubsequences: false)
                .joined(separator: value.stringValue ?? value.description)
        }
        return filled
    }
}
