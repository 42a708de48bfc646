/// What a request says it can read.
enum AcceptHeader {
    static func text(_ operation: ImportedOperation) -> String {
        var types: [String] = []
        for content in operation.responses.filter({ $0.status.isSuccess }).flatMap(\.contents) {
            let isStream = StreamForm(mediaType: content.mediaType) != nil
            let type = MediaType.essence(content.mediaType)
            guard isStream == (operation.stream != nil), HeaderText.isValue(type), type.contains("/") else { continue }
            if !types.contains(type) { types.append(type) }
        }
        if types.isEmpty {
            switch operation.stream {
            case .events: types = ["text/event-stream"]
            case .lines, .sequence: break
            case nil: types = ["application/json"]
            }
        }
        return (types.filter { $0 != "*/*" } + ["*/*;q=0.1"]).joined(separator: ", ")
    }
}
