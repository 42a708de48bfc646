/// The head of an answer, as it came.
package struct IncomingHead: Sendable {
    package var status: Int
    package var headers: [OutgoingRequest.Header]

    package init(status: Int, headers: [OutgoingRequest.Header]) {
        self.status = status
        self.headers = headers
    }

    /// The first header of that name, in whatever case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The media type of the body, without parameters; empty where none is said.
    package var mediaType: String { MediaType.essence(header("Content-Type") ?? "") }
}
