import CallProtocol

/// Reads how an API wants to be shown who calls.
struct SchemeReader {
    let root: Place
    let dialect: Dialect
    let log: DefectLog

    func schemes() -> [String: SecurityScheme] {
        let home = dialect == .swagger2 ? root["securityDefinitions"] : root["components"]?["securitySchemes"]
        var schemes: [String: SecurityScheme] = [:]
        for (name, place) in home?.members ?? [] {
            guard let place = place.resolved(), let scheme = scheme(place) else {
                log.add(
                    .warning, at: place,
                    "the security scheme \(name) is not one; operations that ask for it are called without")
                continue
            }
            if case .unsupported(let what) = scheme { log.add(.warning, at: place, "\(what) cannot be used") }
            schemes[name] = scheme
        }
        return schemes
    }

    private func scheme(_ place: Place) -> SecurityScheme? {
        switch place.string("type")?.lowercased() {
        case "http": return http(place.string("scheme") ?? "bearer")
        case "basic": return .basic
        case "oauth2", "openidconnect": return .bearer
        case "apikey":
            guard let name = place.string("name"), HeaderText.isName(name) || place.string("in") != "header" else {
                return nil
            }
            switch place.string("in") {
            case "header": return name.lowercased() == "authorization" ? .header("Authorization") : .header(name)
            case "query": return .query(name)
            case "cookie": return .cookie(name)
            default: return nil
            }
        case let other?: return .unsupported("a security scheme of type \(other.prefix(64))")
        case nil: return nil
        }
    }

    private func http(_ scheme: String) -> SecurityScheme {
        switch scheme.lowercased() {
        case "bearer": .bearer
        case "basic": .basic
        default: .unsupported("HTTP's scheme \(scheme.prefix(64))")
        }
    }

    /// What an operation asks for: its own demand, else the document's.
    static func demand(of operation: Place, root: Place, _ schemes: Set<String>, _ log: DefectLog) -> SecurityDemand {
        guard let place = operation["security"] ?? root["security"], place.value.arrayValue != nil else {
            return .unsaid
        }
        var alternatives: [[String]] = []
        for element in place.elements {
            guard let members = element.value.objectValue else { continue }
            let unknown = members.keys.filter { !schemes.contains($0) }
            for name in unknown {
                log.add(.warning, at: element, "the security scheme \(name.prefix(64)) is not defined; ignored")
            }
            let known = members.keys.filter { schemes.contains($0) }
            // What asks for nothing that is known must not count as asking for nothing at all.
            if !known.isEmpty || members.isEmpty { alternatives.append(known) }
        }
        guard !alternatives.isEmpty || place.elements.isEmpty else { return .unsaid }
        return .anyOf(alternatives)
    }
}
