import CallProtocol
import Operations

/// Reads the parameters of an operation: those of its path first, then its own, which count before them.
struct ParameterReader {
    let dialect: Dialect
    let schemas: SchemaReader
    let log: DefectLog
    private(set) var parameters: [Parameter] = []
    /// Swagger's `body` and `formData`, which are no parameters since.
    private(set) var swaggerBody = SwaggerBody()
    /// Why the operation cannot be called.
    private(set) var fault: String?

    struct SwaggerBody {
        var body: Place?
        var fields: [Place] = []
    }

    init(dialect: Dialect, schemas: SchemaReader, log: DefectLog) {
        self.dialect = dialect
        self.schemas = schemas
        self.log = log
    }

    mutating func read(_ list: Place?) {
        guard let list else { return }
        if list.value.arrayValue == nil, !list.value.isNull {
            log.add(.warning, at: list, "parameters must be a list; left out")
        }
        for element in list.elements {
            guard let place = element.resolved(), place.value.objectValue != nil else {
                log.add(.error, at: element, "a parameter's $ref leads nowhere, or in a circle")
                fault = fault ?? "one of its parameters is not defined"
                continue
            }
            read(one: place)
        }
    }

    private mutating func read(one place: Place) {
        let location = place.string("in") ?? ""
        if dialect == .swagger2, location == "body" { return swaggerBody.body = place }
        guard let name = place.string("name"), !name.isEmpty else {
            log.add(.warning, at: place, "a parameter without a name; left out")
            return
        }
        if dialect == .swagger2, location == "formData" {
            swaggerBody.fields.removeAll { $0.string("name") == name }
            return swaggerBody.fields.append(place)
        }
        guard let location = Parameter.Location(rawValue: location) else {
            log.add(
                .warning, at: place,
                "the parameter \(name.prefix(64)) is in `\(location.prefix(32))`, which is no place for one; left out")
            return
        }
        if location == .header, Self.ownHeaders.contains(name.lowercased()) {
            log.add(.note, at: place, "the header \(name) is not a parameter's to set; ignored")
            return
        }
        guard location != .header || HeaderText.isName(name), location != .cookie || HeaderText.isName(name) else {
            log.add(.warning, at: place, "\(name.prefix(64)) cannot be the name of a \(location.rawValue); left out")
            return
        }
        let made = parameter(name, location, place)
        parameters.removeAll { $0.name == name && $0.location == location }
        parameters.append(made)
    }

    /// Set by what the request is: its body, what can be read of an answer, who calls.
    private static let ownHeaders: Set<String> = ["accept", "content-type", "authorization", "content-length", "host"]

    private func parameter(_ name: String, _ location: Parameter.Location, _ place: Place) -> Parameter {
        let content = place["content"]?.members.first
        let isJSON = content.map { BodyForm.Encoding(mediaType: $0.key) == .json } ?? false
        let schema = content.map { $0.place["schema"].map { schemas.schema($0) } ?? .any } ?? self.schema(place)
        let style = self.style(place, location)
        return Parameter(
            name: name, location: location, isRequired: location == .path || place.bool("required") ?? false,
            style: style,
            explode: explode(place, style), allowsReserved: location == .query && place.bool("allowReserved") ?? false,
            spansSegments: place.bool("x-capstan-spans-segments") ?? false, isJSON: isJSON, schema: schema,
            summary: place.string("description"),
            fallback: location == .path ? schema.keywords.defaultValue : nil)
    }

    private func schema(_ place: Place) -> JSONSchema {
        if dialect != .swagger2, let schema = place["schema"] { return schemas.schema(schema) }
        // Swagger 2.0, and those who still write so: the parameter is the schema.
        let kept = (place.value.objectValue ?? [:]).filter { !Self.notOfSchemas.contains($0.key) }
        let schema = schemas.schema(place.with(.object(JSONObject(kept.map { ($0.key, $0.value) }))))
        return schema.keywords.types.isEmpty && schema.keywords.reference == nil && dialect == .swagger2
            ? .string : schema
    }

    private static let notOfSchemas: Set<String> = [
        "name", "in", "required", "description", "style", "explode", "allowReserved", "collectionFormat", "deprecated",
        "allowEmptyValue", "content", "schema", "example", "examples", "x-capstan-spans-segments",
    ]

    private func style(_ place: Place, _ location: Parameter.Location) -> Parameter.Style {
        let usual: Parameter.Style = location == .query || location == .cookie ? .form : .simple
        if dialect == .swagger2 {
            switch place.string("collectionFormat") {
            case "ssv": return .spaceDelimited
            case "tsv": return .tabDelimited
            case "pipes": return .pipeDelimited
            default: return usual
            }
        }
        guard let text = place.string("style") else { return usual }
        let allowed: [Parameter.Style] =
            switch location {
            case .path: [.simple, .label, .matrix]
            case .query: [.form, .spaceDelimited, .pipeDelimited, .deepObject]
            case .header: [.simple]
            case .cookie: [.form]
            }
        if let style = Parameter.Style(rawValue: text), allowed.contains(style) { return style }
        log.add(
            .warning, at: place,
            "the style \(text.prefix(32)) is none for a \(location.rawValue) parameter; \(usual.rawValue) is taken")
        return usual
    }

    private func explode(_ place: Place, _ style: Parameter.Style) -> Bool {
        if dialect == .swagger2 { return place.string("collectionFormat") == "multi" }
        return place.bool("explode") ?? (style == .form || style == .deepObject)
    }

    /// Makes the path's parameters those that the path has a place for.
    mutating func fit(to template: PathTemplate, at place: Place) {
        let names = template.names
        for parameter in parameters where parameter.location == .path && !names.contains(parameter.name) {
            log.add(.warning, at: place, "the path has no place for the parameter \(parameter.name); left out")
        }
        parameters.removeAll { $0.location == .path && !names.contains($0.name) }
        for name in names where !parameters.contains(where: { $0.location == .path && $0.name == name }) {
            log.add(.note, at: place, "the path's parameter \(name.prefix(64)) is not declared; any text is taken")
            parameters.append(
                Parameter(
                    name: name, location: .path, isRequired: true, style: .simple, explode: false,
                    allowsReserved: false,
                    spansSegments: false, isJSON: false,
                    schema: JSONSchema.string(minLength: 1).with { $0.types.append(.integer) }))
        }
        for place in parameters.indices where parameters[place].location == .path {
            if template.spanning.contains(parameters[place].name) { parameters[place].spansSegments = true }
        }
    }
}
