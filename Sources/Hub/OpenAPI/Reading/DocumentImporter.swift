import CallProtocol
import Operations

/// Reads a document: from its files to what can be called, and what is wrong with it. Pure: nothing is fetched, nothing kept.
package struct DocumentImporter {
    private let root: Place
    private let dialect: Dialect
    private let log = DefectLog()
    private let server: ServerURL?

    /// Operations of one document, at most.
    package static let mostOperations = 20_000
    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"]

    /// - Parameter server: is used instead of all that the document names; the document's base path stays where this one has none.
    /// - Throws: ``DocumentError`` where the text is no OpenAPI or Swagger document at all.
    package static func read(_ files: DocumentFiles, server: ServerURL? = nil) throws(DocumentError) -> ImportedDocument
    {
        try DocumentImporter(files, server: server).document()
    }

    private init(_ files: DocumentFiles, server: ServerURL?) throws(DocumentError) {
        root = Place(files)
        dialect = try Self.dialect(of: root.value, files.root)
        self.server = server
    }

    private static func dialect(of root: JSONValue, _ file: String) throws(DocumentError) -> Dialect {
        guard root.objectValue != nil else {
            throw DocumentError(file: file, reason: "an object is needed, found \(root.kind.phrase)")
        }
        func text(_ key: String) -> String? {
            root[key].map { $0.stringValue ?? $0.description }
        }
        if let version = text("swagger") {
            guard version.hasPrefix("2") else {
                throw DocumentError(file: file, reason: "is Swagger \(version.prefix(16)); 2.0 can be read")
            }
            return .swagger2
        } else if let version = text("openapi") {
            guard version.hasPrefix("3") else {
                throw DocumentError(file: file, reason: "is OpenAPI \(version.prefix(16)); 3.0 to 3.2 can be read")
            }
            return version.hasPrefix("3.0") || version == "3" ? .openAPI30 : .openAPI31
        }
        throw DocumentError(file: file, reason: "has neither `openapi` nor `swagger`, so it is no API document")
    }

    private func document() -> ImportedDocument {
        for (path, reason) in root.document.missing.sorted(by: { $0.key < $1.key }) {
            log.add(.warning, at: "/", "the file \(path) cannot be read: \(reason)")
        }
        let servers = ServerReader(root: root, dialect: dialect, override: server, log: log)
        let requests = SchemaTable(root.document, dialect, .request)
        let responses = SchemaTable(root.document, dialect, .response)
        let schemes = SchemeReader(root: root, dialect: dialect, log: log).schemes()
        let reader = OperationReader(
            root: root, dialect: dialect, servers: servers, requests: requests, schemes: Set(schemes.keys), log: log)
        var operations: [ImportedOperation] = []
        reading: for (path, item) in root["paths"]?.members ?? [] where !path.hasPrefix("x-") {
            for (method, place, item) in entries(of: item) {
                guard operations.count < Self.mostOperations else {
                    log.add(.error, at: place, "more than \(Self.mostOperations) operations; the rest is left out")
                    break reading
                }
                operations.append(reader.operation(place, method: method.uppercased(), path: path, item: item))
            }
        }
        OperationNamer.name(&operations, log)
        let names = Set(operations.map(\.name))
        operations = operations.flatMap { Self.forms($0, among: names) }.sorted { $0.name < $1.name }
        return ImportedDocument(
            title: root["info"]?.string("title") ?? "",
            version: root["info"]?.value["version"].map { $0.stringValue ?? $0.description } ?? "",
            dialect: dialect, operations: operations,
            schemes: schemes,
            defects: log.defects, requestSchemas: requests, responseSchemas: responses)
    }

    /// The operations of a path item, with the item that they stand in.
    private func entries(of item: Place) -> [(method: String, place: Place, item: Place)] {
        guard let resolved = item.resolved() else {
            log.add(.error, at: item, "$ref leads nowhere, or in a circle; the operations of this path are not known")
            return []
        }
        guard resolved.value.objectValue != nil else {
            log.add(.error, at: item, "a path must be an object, found \(resolved.value.kind.phrase); left out")
            return []
        }
        var found: [(String, Place, Place)] = []
        for method in Self.methods {
            guard let place = resolved[method] else { continue }
            guard let operation = place.resolved(), operation.value.objectValue != nil else {
                log.add(.error, at: place, "an operation must be an object, found \(place.value.kind.phrase); left out")
                continue
            }
            found.append((method, operation, resolved))
        }
        return found
    }

    /// An operation that can answer at once as well as go on and on is offered as both.
    private static func forms(_ operation: ImportedOperation, among names: Set<String>) -> [ImportedOperation] {
        guard operation.stream != nil else { return [operation] }
        let answersOnce = operation.responses.contains { response in
            response.status.isSuccess && response.contents.contains { StreamForm(mediaType: $0.mediaType) == nil }
        }
        guard answersOnce else { return [operation] }
        var (once, stream) = (operation, operation)
        once.stream = nil
        stream.name = OperationNamer.streamName(of: operation, among: names)
        return [once, stream]
    }
}
