import CallProtocol
import Mapping
import OpenAPI
import Operations

/// One call whose list comes in pieces.
struct PagedCall {
    let paging: Paging
    let operation: ProviderOperation
    let caller: ProviderCaller
    /// Bytes of all pieces together, at most: the elements of a list may be large.
    private static let longest = 256 << 20

    /// The first answer, with the elements of all in it.
    func run(_ input: JSONValue) async throws -> JSONValue {
        var (input, target): (JSONValue, String?) = (input, nil)
        var (items, first): ([JSONValue], JSONValue?) = ([], nil)
        var seen: Set<String> = []
        var bytes = 0
        for page in 0... {
            guard page < paging.mostPages, items.count <= paging.mostItems, bytes <= Self.longest else {
                throw tooMuch(items.count)
            }
            let piece = try await caller.answer(operation, input, target: target)
            let value = piece.value
            bytes += piece.bytes
            // A piece that says it failed is none, and what has come until then is not the whole.
            try caller.mapping.rent?.require(value, of: operation.operation.name)
            guard let list = paging.list(in: value) else {
                throw CallError(
                    ResponseReader.unreadable, "\(operation.name): the answer has no list at `\(paging.items)`",
                    retryable: false,
                    details: ["page": .integer(Int64(page + 1))])
            }
            items += list
            first = first ?? value
            guard let next = try next(page, piece, list.count, items.count) else { break }
            // A provider that leads back to where one was would be asked without end, and the list is not whole.
            guard seen.insert(next).inserted else {
                throw CallError(
                    ResponseReader.unreadable, "\(operation.name): piece \(page + 1) leads back to one before it",
                    retryable: false)
            }
            switch paging.manner {
            case .link: target = next
            default: input = setting(paging.parameter ?? "", next, in: input)
            }
        }
        guard let first else { return .null }
        return paging.replacing(items, in: first)
    }

    /// What asks for the next piece; nil at the end.
    private func next(
        _ page: Int, _ piece: ProviderCaller.Piece, _ count: Int, _ total: Int
    ) throws -> String? {
        switch paging.manner {
        case .cursor(_, let place):
            guard let next = Paging.value(place, in: piece.value), !next.isNull else { return nil }
            let text = next.stringValue ?? next.description
            return text.isEmpty || text == "false" ? nil : text
        case .page(_, let first): return count == 0 ? nil : "\(first + page + 1)"
        case .offset: return count == 0 ? nil : "\(total)"
        case .link:
            let links = piece.head.headers.filter { $0.name.lowercased() == "link" }.map(\.value)
            return try links.lazy.compactMap(LinkHeader.next).first.map { try target($0, from: piece.asked) }
        }
    }

    /// The path and query that a link means, from those that were asked for.
    /// - Throws: `PROVIDER_ANSWER` for one that leads to another origin: a list that ends there would look whole.
    private func target(_ link: String, from asked: String) throws -> String {
        let here = String(asked.prefix { $0 != "?" })
        if link.hasPrefix("?") { return here + link }
        if link.hasPrefix("/"), !link.hasPrefix("//") { return link }
        if let mark = link.firstRange(of: "://") {
            guard let url = ServerURL(link), url.origin == operation.operation.server?.origin else {
                throw elsewhere(link)
            }
            let path = link[mark.upperBound...].drop { $0 != "/" && $0 != "?" }
            return path.hasPrefix("/") ? String(path) : "/" + path
        }
        guard !link.hasPrefix("//"), !link.contains(":"), let slash = here.lastIndex(of: "/") else {
            throw elsewhere(link)
        }
        return here[...slash] + link
    }

    private func elsewhere(_ link: String) -> CallError {
        CallError(
            ResponseReader.unreadable,
            "\(operation.name): the next piece of the list is elsewhere: \(link.prefix(200))",
            retryable: false)
    }

    /// As a text or as a number, whichever the parameter takes.
    private func setting(_ name: String, _ text: String, in input: JSONValue) -> JSONValue {
        let parameter = operation.operation.parameters.first { $0.location == .query && $0.name == name }
        let forms = [.string(text), Int64(text).map(JSONValue.integer)].compactMap { $0 }
        let fitting = parameter.flatMap { parameter in forms.first { operation.builder.accepts($0, for: parameter) } }
        var query = input["query"] ?? [:]
        query[name] = fitting ?? .string(text)
        var input = input
        input["query"] = query
        return input
    }

    private func tooMuch(_ count: Int) -> CallError {
        CallError(
            .resourceExhausted,
            "\(operation.name): the list does not end within \(paging.mostPages) pages, \(paging.mostItems) elements and \(Self.longest >> 20) MiB",
            retryable: false, details: ["elements": .integer(Int64(count))])
    }
}

/// `Link: <url>; rel="next"` (RFC 8288). Within the angle brackets commas are the URL's.
enum LinkHeader {
    static func next(_ text: String) -> String? {
        var rest = text[...]
        while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
            let url = rest[rest.index(after: open)..<close]
            let parameters = rest[rest.index(after: close)...].prefix { $0 != "<" }
            rest = rest[parameters.endIndex...]
            for parameter in parameters.split(whereSeparator: { $0 == ";" || $0 == "," }) {
                let pair = parameter.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != "\"" }.lowercased() }
                guard pair.count == 2, pair[0].filter({ !$0.isWhitespace }) == "rel" else { continue }
                if pair[1].split(whereSeparator: \.isWhitespace).contains("next") { return String(url) }
            }
        }
        return nil
    }
}
