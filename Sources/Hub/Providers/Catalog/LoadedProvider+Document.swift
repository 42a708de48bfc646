import CallProtocol
import Mapping
import OpenAPI
import Operations

/// From the texts that an API was imported from to its document.
extension LoadedProvider {
    static func files(_ source: ProviderSource) throws(CallError) -> DocumentFiles {
        var texts = Dictionary(source.files.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
        if let shipped = try named(source.root) {
            guard let document = shipped.document else {
                let own = ShippedProvider.all.filter { $0.document != nil }.map(\.name).joined(separator: ", ")
                throw CallError(
                    .invalidInput,
                    "\(source.root) is a mapping, and its document is \(shipped.server)'s own to give; with a document come \(own)"
                )
            }
            texts = [source.root: document]
        }
        do throws(DocumentError) {
            return try DocumentFiles(root: source.root) { path in texts[path].map { Array($0.utf8) } }
        } catch { throw CallError(.invalidInput, error.description) }
    }

    /// What comes with Capstan under that name; nil for what is none, such as a file's.
    static func named(_ text: String) throws(CallError) -> ShippedProvider? {
        guard text.hasPrefix(ShippedProvider.prefix) else { return nil }
        let name = String(text.dropFirst(ShippedProvider.prefix.count))
        if let shipped = ShippedProvider.named(name) { return shipped }
        let known = ShippedProvider.all.map(\.name).joined(separator: ", ")
        throw CallError(.invalidInput, "there is no builtin provider `\(name.prefix(64))`; there are \(known)")
    }

    /// What comes with Capstan for the document: where it is named, or where nothing is said and the document's server is
    /// known.
    static func shipped(_ source: ProviderSource, _ files: DocumentFiles) throws(CallError) -> ShippedProvider? {
        guard let said = source.mapping else {
            if let own = try named(source.root) { return own }
            let value = files.files[files.root]
            let found = value?["servers"]?[0]?["url"]?.stringValue.flatMap(ShippedProvider.of(server:))
            // Another edition of the document may name its operations otherwise.
            let names = value?["paths"]?.objectValue?.flatMap { path in
                (path.value.objectValue ?? [:]).compactMap { $0.value["operationId"]?.stringValue }
            }
            return found.flatMap { shipped in names?.contains(shipped.landmark) == true ? shipped : nil }
        }
        return try named(said)
    }

    /// The document with changes, in their order.
    static func read(
        _ files: DocumentFiles, _ overlays: [String?], _ server: ServerURL?, _ notes: inout [Defect]
    ) throws(CallError) -> ImportedDocument {
        do throws(DocumentError) {
            var files = files
            for overlay in overlays.compactMap({ $0 }) {
                let unmatched: [String]
                (files, unmatched) = files.applying(try Overlay(Array(overlay.utf8), file: "overlay"))
                notes += unmatched.map { Defect(.warning, at: "/", "the overlay's target is not there: \($0)") }
            }
            return try DocumentImporter.read(files, server: server)
        } catch { throw CallError(.invalidInput, error.description) }
    }
}
