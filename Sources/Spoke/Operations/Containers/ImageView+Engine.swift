import CallProtocol
import Formats
import Operations

extension ImageView {
    /// An image as engines tell of it, in a list or alone.
    init?(_ json: JSONValue) {
        guard let id = json["Id"]?.stringValue else { return nil }
        func texts(_ key: String) -> [String] {
            (json[key]?.arrayValue ?? []).compactMap(\.stringValue).filter { !$0.hasPrefix("<none>") }
        }
        let created =
            json["Created"]?.stringValue
            ?? json["Created"]?.integerValue.map {
                RFC3339.string($0.multipliedReportingOverflow(by: 1000).partialValue)
            }
        var labels: [String: String] = [:]
        for member in (json["Labels"] ?? json["Config"]?["Labels"])?.objectValue.map({ Array($0) }) ?? [] {
            labels[member.key] = member.value.stringValue
        }
        self.init(
            id: id, tags: texts("RepoTags"), digests: texts("RepoDigests"), createdAt: EngineTime.real(created),
            size: json["Size"]?.integerValue ?? 0, labels: labels)
        os = json["Os"]?.stringValue
        arch = json["Architecture"]?.stringValue
    }
}

extension ImageProgress {
    /// One line of what an engine says while it pulls.
    init(_ json: JSONValue) {
        let detail = json["progressDetail"]
        self.init(
            layer: json["id"]?.stringValue, status: json["status"]?.stringValue ?? "",
            current: detail?["current"]?.integerValue, total: detail?["total"]?.integerValue)
    }
}
