/// A text that cannot be read as a document at all. What is wrong with only a part of one is a ``Defect``.
package struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as its reader calls it.
    package var file: String
    /// From 1, where it is known.
    package var line: Int?
    package var reason: String

    package init(file: String, line: Int? = nil, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    package var description: String {
        line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)"
    }
}
