/// A text that a person wrote is not what it should be; the message says what would be.
package struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
