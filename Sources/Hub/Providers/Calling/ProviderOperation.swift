import CallProtocol
import OpenAPI
import Operations

/// One operation of an imported API, ready to be called.
struct ProviderOperation: Sendable {
    let operation: ImportedOperation
    let builder: RequestBuilder
    let reader: ResponseReader
    /// `provider.NAME/OPERATION`
    let name: String
    let isExternal: Bool

    init(_ operation: ImportedOperation, _ document: ImportedDocument, provider: String, isExternal: Bool) {
        self.operation = operation
        self.isExternal = isExternal
        builder = RequestBuilder(operation, document.requestSchemas)
        reader = ResponseReader(operation, document.responseSchemas)
        name = "\(ProviderOperations.prefix)\(provider)/\(operation.name)"
    }

    /// Room for a file within a body.
    static let inputLimit = 32 << 20
    private static let deadlineMs: Int64 = 60_000

    /// - Parameter document: puts all definitions into the schemas; nil leaves them out, which is enough for lists and calls.
    func descriptor(with document: ImportedDocument? = nil) -> OperationDescriptor {
        let (kind, output) = (operation.kind, reader.output)
        return OperationDescriptor(
            name: name, kind: kind, inputLimit: Self.inputLimit,
            defaultDeadlineMs: kind == .subscription ? nil : Self.deadlineMs, summary: operation.summary,
            description: operation.description, input: document?.requestSchemas.whole(builder.schema) ?? builder.schema,
            output: document?.responseSchemas.whole(output) ?? output)
    }
}
