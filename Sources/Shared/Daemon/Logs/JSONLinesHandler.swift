import Logging

/// One logger's view of a ``JSONLinesLog``: its label, level and own metadata.
struct JSONLinesHandler: LogHandler {
    let log: JSONLinesLog
    let label: String
    private let limitsRepeats: Bool
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(log: JSONLinesLog, label: String, logLevel: Logger.Level, limitsRepeats: Bool = true) {
        self.log = log
        self.label = label
        self.logLevel = logLevel
        self.limitsRepeats = limitsRepeats
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// The nearer metadata wins: of the statement, then of the logger, then of the provider.
    func log(event: LogEvent) {
        var all = event.metadata ?? [:]
        if !metadata.isEmpty { all.merge(metadata) { own, _ in own } }
        if let provided = metadataProvider?.get(), !provided.isEmpty { all.merge(provided) { own, _ in own } }
        if let error = event.error { all["error"] = all["error"] ?? .string(String(describing: error)) }
        log.write(
            .init(level: event.level, label: label, message: event.message.description), all,
            limitsRepeats: limitsRepeats)
    }
}

extension LineValue {
    /// Numbers and truth values stay what they are, so that a log can be queried; all else is text.
    init(_ value: Logger.Metadata.Value) {
        switch value {
        case .string(let text): self = .string(text)
        case .array(let values): self = .array(values.map { LineValue($0) })
        case .dictionary(let members): self = .object(members.mapValues { LineValue($0) })
        case .stringConvertible(let value):
            switch value {
            case let flag as Bool: self = .bool(flag)
            case let number as any BinaryInteger:
                self = Int64(exactly: number).map { .integer($0) } ?? .string("\(number)")
            case let number as Double: self = .number(number)
            default: self = .string(value.description)
            }
        }
    }
}
