import CallProtocol
import Operations

/// Reads what a request carries as its body.
struct BodyReader {
    let root: Place
    let dialect: Dialect
    let schemas: SchemaReader
    let table: SchemaTable
    let log: DefectLog

    func body(of operation: Place, swagger: ParameterReader.SwaggerBody) -> RequestBody? {
        guard dialect != .swagger2 else { return swaggerBody(of: operation, swagger) }
        guard let declared = operation["requestBody"] else { return nil }
        guard let place = declared.resolved() else {
            log.add(.warning, at: declared, "$ref leads nowhere, or in a circle; any JSON is taken")
            return RequestBody(isRequired: false, forms: [form("application/json", .any, nil)])
        }
        let forms = (place["content"]?.members ?? []).map { type, media in
            let media = media.resolved() ?? media
            return form(type, media["schema"].map { schemas.schema($0) } ?? .any, media["encoding"])
        }
        guard !forms.isEmpty else {
            log.add(.note, at: declared, "the body has no content; none is sent")
            return nil
        }
        return RequestBody(isRequired: place.bool("required") ?? false, forms: ordered(forms))
    }

    private func swaggerBody(of operation: Place, _ swagger: ParameterReader.SwaggerBody) -> RequestBody? {
        let consumes = (operation["consumes"] ?? root["consumes"])?.elements.compactMap(\.value.stringValue) ?? []
        if let place = swagger.body {
            let schema = place["schema"].map { schemas.schema($0) } ?? .any
            let isText = schema.keywords.types == [.string]
            var forms = (consumes.isEmpty ? ["application/json"] : consumes).map { form($0, schema, nil) }
            // What a document consumes in general says little of one body: a list of fields is no plain text.
            if !isText, forms.contains(where: { $0.encoding == .json }) { forms.removeAll { $0.encoding == .text } }
            return RequestBody(isRequired: place.bool("required") ?? false, forms: ordered(forms))
        }
        guard !swagger.fields.isEmpty else { return nil }
        return swaggerForm(swagger.fields, consumes)
    }

    private func swaggerForm(_ fields: [Place], _ consumes: [String]) -> RequestBody {
        var words = JSONSchemaKeywords()
        words.types = [.object]
        words.additionalProperties = .nothing
        var encodings: [String: FieldEncoding] = [:]
        var hasFiles = false
        for field in fields {
            let name = field.string("name") ?? ""
            let kept = (field.value.objectValue ?? [:]).filter {
                !["name", "in", "required", "collectionFormat"].contains($0.key)
            }
            words.properties.append(
                .init(
                    name: name, schema: schemas.schema(field.with(.object(JSONObject(kept.map { ($0.key, $0.value) }))))
                ))
            if field.bool("required") == true { words.required.append(name) }
            hasFiles = hasFiles || field.string("type") == "file"
            var encoding = FieldEncoding()
            switch field.string("collectionFormat") {
            case "multi": break
            case "ssv": (encoding.style, encoding.explode) = (.spaceDelimited, false)
            case "tsv": (encoding.style, encoding.explode) = (.tabDelimited, false)
            case "pipes": (encoding.style, encoding.explode) = (.pipeDelimited, false)
            default: encoding.explode = false
            }
            encodings[name] = encoding
        }
        let usable = consumes.filter { [.form, .multipart].contains(BodyForm.Encoding(mediaType: $0)) }
        let type = usable.first { !hasFiles || BodyForm.Encoding(mediaType: $0) == .multipart }
        var form = form(
            type ?? (hasFiles ? "multipart/form-data" : "application/x-www-form-urlencoded"), JSONSchema(words), nil)
        form.fields = encodings
        return RequestBody(isRequired: !words.required.isEmpty, forms: [form])
    }

    private func ordered(_ forms: [BodyForm]) -> [BodyForm] {
        forms.enumerated().sorted { ($0.element.encoding.rank, $0.offset) < ($1.element.encoding.rank, $1.offset) }.map(
            \.element)
    }

    private func form(_ type: String, _ schema: JSONSchema, _ encoding: Place?) -> BodyForm {
        let kind = BodyForm.Encoding(mediaType: type)
        var fields: [String: FieldEncoding] = [:]
        for (name, place) in encoding?.members ?? [] { fields[name] = field(place) }
        let shown: JSONSchema =
            switch kind {
            case .json, .form: schema
            case .multipart: BinaryValue.fields(of: schema, table)
            case .text:
                schema.keywords.types.isEmpty ? .string : BinaryValue.isBinary(schema) ? BinaryValue.schema : .string
            case .bytes: BinaryValue.schema
            case .any: .any
            }
        return BodyForm(mediaType: kind == .any ? "*/*" : type, encoding: kind, schema: shown, fields: fields)
    }

    private func field(_ place: Place) -> FieldEncoding {
        var encoding = FieldEncoding()
        encoding.contentType = place.string("contentType")
        if let style = place.string("style").flatMap(Parameter.Style.init) { encoding.style = style }
        encoding.explode = place.bool("explode") ?? (encoding.style == .form)
        encoding.isStyled = place.string("style") != nil || place.bool("explode") != nil
        encoding.allowsReserved = place.bool("allowReserved") ?? false
        for (name, header) in place["headers"]?.members ?? [] where name.lowercased() != "content-type" {
            let schema = header.resolved()?["schema"]
            let value = schema?.value["const"] ?? schema?.value["default"]
            if let text = value?.stringValue, HeaderText.isName(name), HeaderText.isValue(text) {
                encoding.headers.append((name, text))
            }
        }
        return encoding
    }

}
