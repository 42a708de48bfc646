import FoundationEssentials

/// Output as it was before JSON carried it.
enum OutputBytes {
    static func of(text: String?, base64: String?) -> [UInt8] {
        if let text { return Array(text.utf8) }
        return base64.flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? []
    }
}
