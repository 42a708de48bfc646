/// The request by which a rented machine gives itself back without its hub. It is made up inside the machine: `$NAME` stands for
/// what its provider has put there.
package struct SelfRelease: Codable, Sendable, Hashable {
    package var method: String
    package var url: String
    package var headers: [String: String]

    package init(method: String, url: String, headers: [String: String]) {
        (self.method, self.url, self.headers) = (method, url, headers)
    }

    /// The same with the variables' values.
    /// - Throws: ``MissingVariable``.
    package func filled(_ value: (String) -> String?) throws(MissingVariable) -> SelfRelease {
        var filled = SelfRelease(method: method, url: try Self.fill(url, value), headers: [:])
        for (name, text) in headers { filled.headers[name] = try Self.fill(text, value) }
        return filled
    }

    package struct MissingVariable: Error, Hashable {
        package let name: String
    }

    private static func fill(_ text: String, _ value: (String) -> String?) throws(MissingVariable) -> String {
        var (filled, rest) = ("", text[...])
        while let dollar = rest.firstIndex(of: "$") {
            filled += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            guard !name.isEmpty, let found = value(String(name)) else { throw MissingVariable(name: String(name)) }
            filled += found
            rest = rest[name.endIndex...]
        }
        return filled + rest
    }
}
