package import CallProtocol

/// A text that is no JSONPath.
package struct JSONPathError: Error, Sendable, Equatable {
    package var reason: String
}

/// Which values of a document are meant: RFC 9535, without its functions.
package struct JSONPath: Sendable {
    /// From the root to a value.
    package enum Step: Sendable, Hashable {
        case name(String)
        case index(Int)
    }

    indirect enum Selector: Sendable {
        case name(String)
        case wildcard
        case index(Int)
        case slice(start: Int?, end: Int?, step: Int)
        case filter(JSONPathFilter)
    }

    struct Segment: Sendable {
        var selectors: [Selector]
        /// Whether it looks at all that is below, too.
        var descends: Bool
    }

    let segments: [Segment]

    /// Values that are found, at most.
    static let most = 100_000

    /// - Throws: ``JSONPathError`` with what is wrong and where.
    package init(_ text: String) throws(JSONPathError) {
        var parser = JSONPathParser(text)
        segments = try parser.path()
    }

    init(segments: [Segment]) { self.segments = segments }

    /// The ways to all values that are meant, in the order of the document, each once.
    package func matches(in root: JSONValue) -> [[Step]] {
        find(in: root, root: root).map(\.steps)
    }

    /// The values themselves, from a value that may be another than the root.
    func values(from value: JSONValue, root: JSONValue) -> [JSONValue] { find(in: value, root: root).map(\.value) }

    private typealias Found = (steps: [Step], value: JSONValue)

    private func find(in value: JSONValue, root: JSONValue) -> [(steps: [Step], value: JSONValue)] {
        var found: [Found] = [([], value)]
        for segment in segments {
            var next: [Found] = []
            var seen: Set<[Step]> = []
            for start in found {
                for node in segment.descends ? Self.below(start) : [start] {
                    for selector in segment.selectors {
                        for match in Self.select(selector, node, root) where seen.insert(match.steps).inserted {
                            guard next.count < Self.most else { break }
                            next.append(match)
                        }
                    }
                }
            }
            found = next
        }
        return found
    }

    /// The value and all that is in it, each before what is in it.
    private static func below(_ start: Found) -> [Found] {
        var all: [Found] = []
        var waiting = [start]
        while let next = waiting.popLast(), all.count < most {
            all.append(next)
            waiting += children(next).reversed()
        }
        return all
    }

    private static func children(_ node: Found) -> [Found] {
        switch node.value {
        case .object(let members): members.map { (node.steps + [.name($0.key)], $0.value) }
        case .array(let elements): elements.enumerated().map { (node.steps + [.index($0)], $1) }
        default: []
        }
    }

    private static func select(_ selector: Selector, _ node: Found, _ root: JSONValue) -> [Found] {
        switch selector {
        case .name(let name): return node.value[name].map { [(node.steps + [.name(name)], $0)] } ?? []
        case .wildcard: return children(node)
        case .index(let index):
            let elements = node.value.arrayValue ?? []
            let place = index < 0 ? elements.count + index : index
            return elements.indices.contains(place) ? [(node.steps + [.index(place)], elements[place])] : []
        case .slice(let start, let end, let step): return slice(node, start, end, step)
        case .filter(let filter): return children(node).filter { filter.holds($0.value, root: root) }
        }
    }

    private static func slice(_ node: Found, _ start: Int?, _ end: Int?, _ step: Int) -> [Found] {
        let all = children(node)
        guard step != 0, node.value.arrayValue != nil else { return [] }
        func bound(_ place: Int) -> Int {
            min(max(place < 0 ? all.count + place : place, step > 0 ? 0 : -1), step > 0 ? all.count : all.count - 1)
        }
        let from = start.map(bound) ?? (step > 0 ? 0 : all.count - 1)
        let to = end.map(bound) ?? (step > 0 ? all.count : -1)
        return stride(from: from, to: to, by: step).map { all[$0] }
    }
}
