/// A request as it goes over the wire, but for what the connection adds.
package struct OutgoingRequest: Sendable, Equatable {
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: String
    package var origin: Origin
    /// Path and query, encoded.
    package var target: String
    package var headers: [Header]
    /// Nil where there is none, which is not the same as an empty one.
    package var body: [UInt8]?

    /// The first header of that name, in whatever case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
