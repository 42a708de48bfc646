import CallProtocol
import Formats
import Mapping
import OpenAPI
import Operations

/// An imported API, read and ready.
struct LoadedProvider: Sendable {
    /// Without the texts of its files, which are kept on the shelf.
    let source: ProviderSource
    let importedBy: String
    let importedAt: Int64
    let document: ImportedDocument
    let mapping: ProviderMapping
    /// The name of the mapping that came with Capstan and is used.
    let shipped: String?
    let sources: [CredentialSource]
    /// By their own names.
    let operations: [String: ProviderOperation]
    /// Names that were left out.
    let excluded: [String]
    /// What was found besides what the document itself shows.
    private let notes: [Defect]
    /// Whether the API may be at an address of a private network.
    let allowsPrivate: Bool
    let gate = RateGate()
    let preparations = Preparations()

    /// - Throws: `INVALID_INPUT` for a document, overlay, mapping, credential or server that is none.
    init(_ source: ProviderSource, importedBy: String, importedAt: Int64) throws(CallError) {
        var bare = source
        bare.files = []
        self.source = bare
        self.importedBy = importedBy
        self.importedAt = importedAt
        let files = try Self.files(source)
        let shipped = try Self.shipped(source, files)
        self.shipped = shipped?.name
        mapping =
            try (shipped?.mapping ?? source.mapping).map { text throws(CallError) in
                try ProviderMapping(text)
            } ?? ProviderMapping()
        var sources: [CredentialSource] = []
        for text in source.credentials { sources.append(try CredentialSource(text)) }
        self.sources = sources
        let server = try Self.server(source, mapping)
        // Who names a server themselves means it.
        allowsPrivate = mapping.allowsPrivate || server != nil
        var notes: [Defect] = []
        document = try Self.read(files, [shipped?.overlay, source.overlay], server, &notes)
        let left = document.operations.filter { operation in
            !source.exclude.contains { NamePattern.matches($0, operation.name) }
        }
        let kept = Set(left.map(\.name))
        excluded = document.operations.map(\.name).filter { !kept.contains($0) }
        let external = source.include + mapping.external
        var operations: [String: ProviderOperation] = [:]
        for operation in left {
            let isExternal = external.contains { NamePattern.matches($0, operation.name) }
            operations[operation.name] = ProviderOperation(
                operation, document, provider: source.name, isExternal: isExternal)
        }
        self.operations = operations
        for pattern in external where !document.operations.contains(where: { NamePattern.matches(pattern, $0.name) }) {
            notes.append(Defect(.warning, at: "/", "no operation is called `\(pattern)`, which was to be external"))
        }
        for name in mapping.paging.keys.sorted() where operations[name] == nil {
            notes.append(
                Defect(.warning, at: "/", "the mapping has a paging for `\(name)`, and there is no such operation"))
        }
        for name in mapping.minimumIntervals.keys.sorted() + mapping.once where name != "*" && operations[name] == nil {
            notes.append(Defect(.warning, at: "/", "the mapping speaks of `\(name)`, and there is no such operation"))
        }
        for (place, name) in mapping.rent?.operations ?? [] where operations[name] == nil {
            notes.append(
                Defect(.error, at: "/", "the mapping's \(place) calls `\(name)`, and there is no such operation"))
        }
        self.notes = notes
    }

    private static func server(_ source: ProviderSource, _ mapping: ProviderMapping) throws(CallError) -> ServerURL? {
        guard let text = source.server else { return mapping.server }
        guard let server = ServerURL(text) else {
            throw CallError(
                .invalidInput,
                "`\(text.prefix(200))` is no server; write https://HOST[:PORT][/PATH], or unix:///PATH for a socket")
        }
        return server
    }

    /// Where credentials may go: the document's own server, and what the mapping allows besides.
    var origins: Set<Origin> {
        let own = document.operations.first { !$0.hasOwnServer && $0.server != nil }?.server?.origin
        return Set(mapping.origins + [own].compactMap { $0 })
    }

    var view: ProviderView {
        let all = operations.values
        var view = ProviderView(
            name: source.name, title: document.title, version: document.version, format: document.dialect.rawValue,
            importedBy: importedBy, importedAt: RFC3339.string(importedAt))
        view.server = document.operations.first { !$0.hasOwnServer }?.server?.description
        view.operations = all.count
        view.queries = all.count { $0.operation.kind == .query }
        view.mutations = all.count { $0.operation.kind == .mutation }
        view.subscriptions = all.count { $0.operation.kind == .subscription }
        view.faulty = all.count { $0.operation.fault != nil }
        view.external = all.count { $0.isExternal }
        view.credentials = sources.map(\.description)
        view.mapping = shipped.map { ShippedProvider.prefix + $0 } ?? source.mapping.map { _ in "own" }
        view.rents = mapping.rent?.operations.allSatisfy { operations[$0.name] != nil } ?? false
        return view
    }

    /// - Parameter survey: whether every definition is looked at, so that all that is wrong with the document is known.
    func shown(survey: Bool) -> ProviderShown {
        var defects = document.defects + notes
        if survey {
            _ = document.requestSchemas.definitions(of: operations.values.map(\.builder.schema))
            _ = document.responseSchemas.definitions(of: operations.values.map(\.reader.output))
        }
        defects += document.requestSchemas.defects + document.responseSchemas.defects
        var seen: Set<Defect> = []
        let distinct = defects.filter { seen.insert($0).inserted }
            .sorted { ($1.severity, $0.pointer, $0.message) < ($0.severity, $1.pointer, $1.message) }
        return ProviderShown(
            provider: view, operations: operations.values.map(\.row).sorted { $0.name < $1.name },
            defects: distinct.map {
                ProviderDefect(severity: $0.severity.rawValue, pointer: $0.pointer, message: $0.message)
            })
    }
}

extension ProviderOperation {
    fileprivate var row: ProviderOperationRow {
        var row = ProviderOperationRow(
            name: name, kind: operation.kind.rawValue, method: operation.method, path: operation.path,
            summary: operation.summary, external: isExternal)
        row.deprecated = operation.isDeprecated ? true : nil
        row.fault = operation.fault
        row.operationId = operation.originalID == operation.name ? nil : operation.originalID
        return row
    }
}
