/// One header line of a request or an answer, with its name in the case in which it was written.
package struct HeaderLine: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

extension Sequence<HeaderLine> {
    /// The values of all lines of that name, in order; the case of the name does not matter (RFC 9110, 5.1).
    package func values(of name: String) -> [String] {
        filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }
}
