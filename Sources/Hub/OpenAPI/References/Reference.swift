import Operations

/// What a `$ref` means.
enum Reference: Hashable, Sendable {
    /// A place in a file of the document.
    case file(String, [String])
    /// A text that is no place in the document: another host, outside the folder, or no reference at all.
    case elsewhere(String)

    /// - Parameter file: the file that it stands in.
    /// - Returns: nil for an empty text.
    init?(_ text: String, from file: String) {
        guard !text.isEmpty else { return nil }
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        guard let target = Self.path(String(parts.first ?? ""), from: file) else {
            self = .elsewhere(text)
            return
        }
        let fragment = parts.count > 1 ? Percent.decoded(parts[1]) : ""
        guard fragment.isEmpty || fragment.hasPrefix("/") else {
            self = .elsewhere(text)
            return
        }
        let steps = fragment.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        self = .file(target, steps.map(JSONPointer.unescape))
    }

    /// The path of another file, from the folder of the first; nil where it leads out of that folder or is no path.
    private static func path(_ text: String, from file: String) -> String? {
        guard !text.isEmpty else { return file }
        guard !text.contains("://"), !text.hasPrefix("/"), !text.contains("\0") else { return nil }
        var steps = file.split(separator: "/").dropLast().map(String.init)
        for step in Percent.decoded(text[...]).split(separator: "/") {
            switch step {
            case ".": continue
            case "..": if steps.popLast() == nil { return nil }
            default: steps.append(String(step))
            }
        }
        return steps.isEmpty ? nil : steps.joined(separator: "/")
    }
}
