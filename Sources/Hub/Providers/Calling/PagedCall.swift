import CallProtocol
import OpenAPI
import Operations

/// One call whose list comes in pieces.
struct PagedCall {
    let paging: Paging
    let operation: ProviderOperation
    let caller: ProviderCaller

    /// The first answer, with the elements of all in it.
    func run(_ input: JSONValue) async throws -> JSONValue {
        var (input, target): (JSONValue, String?) = (input, nil)
        var (items, first): ([JSONValue], JSONValue?) = ([], nil)
        var seen: Set<String> = []
        for page in 0... {
            guard page < paging.mostPages, items.count <= paging.mostItems else { throw tooMuch(items.count) }
            let (value, head) = try await caller.answer(operation, input, target: target)
            guard let list = paging.list(in: value) else {
                throw CallError(
                    ResponseReader.unreadable, "\(operation.name): the answer has no list at `\(paging.items)`",
                    retryable: false,
                    details: ["page": .integer(Int64(page + 1))])
            }
            items += list
            first = first ?? value
            guard let next = next(page, value, head, list.count, items.count) else { break }
            // A provider that leads back to where one was would be asked without end.
            guard seen.insert(next).inserted else { break }
            switch paging.manner {
            case .link: target = next
            default: input = Self.setting(paging.parameter ?? "", next, operation, in: input)
            }
        }
        guard let first else { return .null }
        return paging.replacing(items, in: first)
    }

    /// What asks for the next piece; nil at the end.
    private func next(_ page: Int, _ value: JSONValue, _ head: IncomingHead, _ count: Int, _ total: Int) -> String? {
        switch paging.manner {
        case .cursor(_, let place):
            guard let next = Paging.value(place, in: value), !next.isNull else { return nil }
            let text = next.stringValue ?? next.description
            return text.isEmpty || text == "false" ? nil : text
        case .page(_, let first): return count == 0 ? nil : "\(first + page + 1)"
        case .offset: return count == 0 ? nil : "\(total)"
        case .link:
            return head.headers.lazy.filter { $0.name.lowercased() == "link" }.compactMap { LinkHeader.next($0.value) }
                .first.flatMap(target)
        }
    }

    /// The path and query of a link, if it stays at the API's own origin.
    private func target(_ link: String) -> String? {
        if link.hasPrefix("/"), !link.hasPrefix("//") { return link }
        guard let server = operation.operation.server, let url = ServerURL(link), url.origin == server.origin,
            let start = link.dropFirst("https://".count).firstIndex(of: "/")
        else { return nil }
        return String(link[start...])
    }

    /// As a number where the parameter is one.
    private static func setting(_ name: String, _ text: String, _ operation: ProviderOperation, in input: JSONValue)
        -> JSONValue
    {
        var query = input["query"] ?? [:]
        let parameter = operation.operation.parameters.first { $0.location == .query && $0.name == name }
        let isNumber = parameter?.schema.keywords.types.contains { $0 == .integer || $0 == .number } ?? false
        query[name] = isNumber ? Int64(text).map(JSONValue.integer) ?? .string(text) : .string(text)
        var input = input
        input["query"] = query
        return input
    }

    private func tooMuch(_ count: Int) -> CallError {
        CallError(
            .resourceExhausted,
            "\(operation.name): the list does not end within \(paging.mostPages) pages and \(paging.mostItems) elements",
            retryable: false, details: ["elements": .integer(Int64(count))])
    }
}

/// `Link: <url>; rel="next"` (RFC 8288).
enum LinkHeader {
    static func next(_ text: String) -> String? {
        for part in text.split(separator: ",") {
            guard let open = part.firstIndex(of: "<"), let close = part.firstIndex(of: ">"), open < close else {
                continue
            }
            let rest = part[close...].lowercased().filter { !$0.isWhitespace && $0 != "\"" }
            if rest.split(separator: ";").contains("rel=next") { return String(part[part.index(after: open)..<close]) }
        }
        return nil
    }
}
