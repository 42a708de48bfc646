import CallProtocol
import Operations

/// Reads one operation.
struct OperationReader {
    let root: Place
    let dialect: Dialect
    let servers: ServerReader
    let requests: SchemaTable
    let log: DefectLog
    private let requestSchemas: SchemaReader
    private let responseSchemas: SchemaReader
    private let schemes: Set<String>

    init(
        root: Place, dialect: Dialect, servers: ServerReader, requests: SchemaTable, schemes: Set<String>,
        log: DefectLog
    ) {
        self.root = root
        self.dialect = dialect
        self.servers = servers
        self.requests = requests
        self.log = log
        requestSchemas = SchemaReader(dialect: dialect, side: .request, log: log)
        responseSchemas = SchemaReader(dialect: dialect, side: .response, log: log)
        self.schemes = schemes
    }

    func operation(_ place: Place, method: String, path key: String, item: Place) -> ImportedOperation {
        let template = PathTemplate(key)
        var parameters = ParameterReader(dialect: dialect, schemas: requestSchemas, log: log)
        parameters.read(item["parameters"])
        parameters.read(place["parameters"])
        parameters.fit(to: template, at: place)
        let bodies = BodyReader(root: root, dialect: dialect, schemas: requestSchemas, table: requests, log: log)
        let body = bodies.body(of: place, swagger: parameters.swaggerBody)
        let responses = self.responses(place)
        let (server, hasOwnServer) = servers.server(of: place, item: item)
        var fault = parameters.fault
        if !key.hasPrefix("/") { fault = "the path \(key.prefix(100)) does not begin with a slash" }
        if server == nil { fault = fault ?? "the document names no server; import it again with --server URL" }
        if let fault { log.add(.error, at: place, "cannot be called: \(fault)") }
        return ImportedOperation(
            name: "",
            originalID: place.value["operationId"].flatMap { $0.stringValue ?? $0.integerValue.map(String.init) }
                .flatMap { $0.isEmpty ? nil : $0 },
            method: method, path: template.path, pathKey: key, fixedQuery: template.query,
            summary: summary(place, item, method, key),
            description: place.string("description") ?? item.string("description") ?? "",
            tags: place["tags"]?.elements.compactMap(\.value.stringValue) ?? [],
            isDeprecated: place.bool("deprecated") ?? false, server: server, hasOwnServer: hasOwnServer,
            parameters: parameters.parameters, body: body, responses: responses,
            security: SchemeReader.demand(of: place, root: root, schemes, log), stream: stream(place, responses),
            pointer: place.description, fault: fault)
    }

    private func summary(_ place: Place, _ item: Place, _ method: String, _ path: String) -> String {
        let said = [place.string("summary"), item.string("summary"), place.string("description")].compactMap { $0 }
        let first = said.lazy.compactMap { $0.split(whereSeparator: \.isNewline).first }.first {
            !$0.allSatisfy(\.isWhitespace)
        }
        return first.map { String($0.prefix(200)) } ?? "\(method) \(path)"
    }

    private func stream(_ place: Place, _ responses: [DeclaredResponse]) -> StreamForm? {
        if let said = place.string("x-capstan-stream") {
            if let form = StreamForm(rawValue: said) { return form }
            let known = StreamForm.allCases.map(\.rawValue).joined(separator: ", ")
            log.add(.warning, at: place, "x-capstan-stream: \(said.prefix(64)) is none of \(known)")
        }
        return responses.lazy.filter(\.status.isSuccess).flatMap(\.contents).compactMap {
            StreamForm(mediaType: $0.mediaType)
        }.first
    }

    private func responses(_ place: Place) -> [DeclaredResponse] {
        var found: [DeclaredResponse] = []
        for (name, declared) in place["responses"]?.members ?? [] where !name.hasPrefix("x-") {
            guard let status = DeclaredResponse.Status(name) else {
                log.add(.note, at: declared, "\(name.prefix(32)) is no status; left out")
                continue
            }
            guard let response = declared.resolved() else {
                log.add(.warning, at: declared, "$ref leads nowhere, or in a circle; the answer may be anything")
                found.append(DeclaredResponse(status: status, summary: "", contents: []))
                continue
            }
            found.append(
                DeclaredResponse(
                    status: status, summary: response.string("description") ?? "",
                    contents: dialect == .swagger2 ? swaggerContents(response, of: place) : contents(response)))
        }
        return found
    }

    private func contents(_ response: Place) -> [(mediaType: String, schema: JSONSchema)] {
        (response["content"]?.members ?? []).map { type, media in
            let media = media.resolved() ?? media
            return (type, (media["schema"] ?? media["itemSchema"]).map { responseSchemas.schema($0) } ?? .any)
        }
    }

    private func swaggerContents(_ response: Place, of operation: Place) -> [(mediaType: String, schema: JSONSchema)] {
        let types = (operation["produces"] ?? root["produces"])?.elements.compactMap(\.value.stringValue) ?? []
        guard let schema = response["schema"] else {
            // A stream has no schema in Swagger; that it is one stands in what the operation produces.
            return types.filter { StreamForm(mediaType: $0) != nil }.map { ($0, .any) }
        }
        let read = responseSchemas.schema(schema)
        return (types.isEmpty ? ["application/json"] : types).map { ($0, read) }
    }
}
