import Foundation

/// A request target as it came, taken apart without changing it.
///
/// Percent signs are decoded only in ``segments`` and ``query``, and what is no sound encoding stays as it stands: a fake
/// never refuses a target that its provider would have to judge.
package struct RequestTarget: Sendable, Hashable {
    /// Exactly what stood in the request line.
    package let raw: String

    package init(_ raw: String) {
        self.raw = raw
    }

    /// What stands before the first question mark, undecoded.
    package var path: String { String(raw.prefix { $0 != "?" }) }

    /// What stands after the first question mark, undecoded; nil without one.
    package var rawQuery: String? {
        raw.firstIndex(of: "?").map { String(raw[raw.index(after: $0)...]) }
    }

    /// The parts of the path between slashes, decoded; a slash at the end makes no empty part.
    package var segments: [String] {
        path.split(separator: "/").map { Self.decoded(String($0)) }
    }

    /// Whether the path ends in a slash.
    package var endsInSlash: Bool { path.hasSuffix("/") }

    /// The query's pairs in order, decoded; a plus sign is a space, as forms have it.
    package var query: [HeaderLine] {
        (rawQuery ?? "").split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                Self.decoded(String($0).replacing("+", with: " "))
            }
            return HeaderLine(sides[0], sides.count > 1 ? sides[1] : "")
        }
    }

    /// The first value of a parameter, nil where it is absent. Names of parameters differ by case.
    package func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The values of a parameter that is written with commas; nil where it is absent.
    package func list(_ name: String) -> [String]? {
        parameter(name)?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func decoded(_ text: String) -> String { text.removingPercentEncoding ?? text }
}
