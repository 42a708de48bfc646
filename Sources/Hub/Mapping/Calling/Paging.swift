package import CallProtocol
import OpenAPI
import Operations

/// How an operation gives a long list in pieces.
package struct Paging: Sendable, Equatable {
    package enum Manner: Sendable, Equatable {
        /// The answer says what the next request's parameter is, at this place; none at the end.
        case cursor(parameter: String, next: String)
        /// Pages have numbers.
        case page(parameter: String, first: Int)
        /// The next request begins behind as many as have come.
        case offset(parameter: String)
        /// The answer's `Link` header says where the next piece is.
        case link
    }

    package var manner: Manner
    /// JSON Pointer to the list in an answer; empty where the answer is the list.
    package var items: String
    /// Requests of one call, at most.
    package var mostPages = 100
    /// Elements of one answer, at most.
    package var mostItems = 100_000

    package init(manner: Manner, items: String) {
        self.manner = manner
        self.items = items
    }

    init(_ value: JSONValue, at place: String) throws(CallError) {
        var fields = try MappingFields(value, at: place)
        let style = try fields.text("style") ?? ""
        items = try fields.pointer("items") ?? ""
        let parameter = try fields.text("parameter")
        let next = try fields.text("next")
        let first = try fields.integer("first", in: 0...1)
        mostPages = try fields.integer("maxPages", in: 1...1_000) ?? mostPages
        mostItems = try fields.integer("maxItems", in: 1...1_000_000) ?? mostItems
        try fields.finish()
        guard items.isEmpty || items.hasPrefix("/"), next?.hasPrefix("/") ?? true else {
            throw MappingFields.wrong(place, "items and next are JSON Pointers, such as /data")
        }
        switch (style, parameter, next) {
        case ("cursor", let parameter?, let next?): manner = .cursor(parameter: parameter, next: next)
        case ("page", let parameter?, nil): manner = .page(parameter: parameter, first: first ?? 1)
        case ("offset", let parameter?, nil): manner = .offset(parameter: parameter)
        case ("link", nil, nil): manner = .link
        default:
            throw MappingFields.wrong(
                place, "style is cursor (with parameter and next), page or offset (with parameter), or link")
        }
    }

    /// The query parameter that says which piece; nil where none does.
    package var parameter: String? {
        switch manner {
        case .cursor(let parameter, _), .page(let parameter, _), .offset(let parameter): parameter
        case .link: nil
        }
    }

    /// The list in an answer.
    package func list(in answer: JSONValue) -> [JSONValue]? { Self.value(items, in: answer)?.arrayValue }

    /// What a JSON Pointer means.
    package static func value(_ pointer: String, in value: JSONValue) -> JSONValue? {
        var found = value
        for step in pointer.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = JSONPointer.unescape(step)
            guard let next = found[name] ?? Int(name).flatMap({ found[$0] }) else { return nil }
            found = next
        }
        return found
    }

    /// The answer with another list in it.
    package func replacing(_ list: [JSONValue], in answer: JSONValue) -> JSONValue {
        Self.replacing(
            .array(list), at: items.split(separator: "/", omittingEmptySubsequences: false).dropFirst(), in: answer)
    }

    private static func replacing(_ value: JSONValue, at steps: ArraySlice<Substring>, in answer: JSONValue)
        -> JSONValue
    {
        guard let step = steps.first, var members = answer.objectValue else { return value }
        let name = JSONPointer.unescape(step)
        members[name] = replacing(value, at: steps.dropFirst(), in: members[name] ?? [:])
        return .object(members)
    }
}
