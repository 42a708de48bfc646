package import CallProtocol
package import Operations

/// One value beside the body that a request carries.
package struct Parameter: Sendable {
    package enum Location: String, Sendable, CaseIterable {
        case path, query, header, cookie
    }

    /// How lists and objects become text. The names are those of OpenAPI 3; `tabDelimited` is Swagger's `tsv`.
    package enum Style: String, Sendable {
        case matrix, label, simple, form, spaceDelimited, pipeDelimited, tabDelimited, deepObject
    }

    package var name: String
    package var location: Location
    package var isRequired: Bool
    package var style: Style
    package var explode: Bool
    /// Whether reserved characters go as they are.
    package var allowsReserved: Bool
    /// Whether a value may have slashes that part segments of the path.
    package var spansSegments: Bool
    /// Written in this media type, which is one of JSON, instead of by a style.
    package var isJSON: Bool
    package var schema: JSONSchema
    package var summary: String?
    /// What is taken where a required path parameter has no value; nowhere else.
    package var fallback: JSONValue?
}
