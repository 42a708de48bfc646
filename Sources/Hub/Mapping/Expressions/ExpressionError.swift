/// What is wrong with an expression, or with the values that it met.
package struct ExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// In words, with the place in the text where it can be said.
    package let reason: String

    init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}
