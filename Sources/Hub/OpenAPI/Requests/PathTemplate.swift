/// A path of a document, taken apart: what is sent as it is, and where parameters go.
struct PathTemplate: Sendable {
    enum Part: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    /// Begins with a slash, unless the document's does not.
    let path: String
    /// Behind the question mark of the document's path, if it has one: as it can be sent.
    let query: String?
    /// Parameters whose value may have slashes: `{+name}`, `{name*}`, `{name=...}`.
    let spanning: Set<String>

    init(_ key: String) {
        let bare = key.prefix { $0 != "#" }
        let parts = bare.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        query = parts.count > 1 && !parts[1].isEmpty ? Percent.encoded(parts[1], allowing: .reserved) : nil
        var path = ""
        var spanning: Set<String> = []
        for part in Self.parts(parts.first ?? "") {
            switch part {
            case .literal(let text): path += text
            case .parameter(let text):
                var name = text[...]
                if name.hasPrefix("+") { name = name.dropFirst() }
                if name.hasSuffix("*") { name = name.dropLast() }
                if let end = name.firstIndex(of: "=") { name = name[..<end] }
                if name.count != text.count { spanning.insert(String(name)) }
                path += "{\(name)}"
            }
        }
        self.path = path
        self.spanning = spanning
    }

    /// The names in the path, in order.
    var names: [String] {
        Self.parts(path[...]).compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    /// A brace that is not closed is text.
    static func parts(_ path: Substring) -> [Part] {
        var parts: [Part] = []
        var rest = path
        while let open = rest.firstIndex(of: "{") {
            guard let close = rest[open...].firstIndex(of: "}") else { break }
            if open > rest.startIndex { parts.append(.literal(String(rest[..<open]))) }
            parts.append(.parameter(String(rest[rest.index(after: open)..<close])))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        return parts
    }
}
