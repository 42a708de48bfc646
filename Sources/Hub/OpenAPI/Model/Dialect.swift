/// Which edition of the format a document is in.
package enum Dialect: String, Sendable, Codable {
    case swagger2 = "Swagger 2.0"
    case openAPI30 = "OpenAPI 3.0"
    /// Also 3.2 and what comes after: read as 3.1, with what is new in them left alone.
    case openAPI31 = "OpenAPI 3.1"

    /// Where schemas with names are.
    var schemas: [String] { self == .swagger2 ? ["definitions"] : ["components", "schemas"] }
}
