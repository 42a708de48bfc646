import CallProtocol
import Mapping
import OpenAPI
import Operations

/// From the texts that an API was imported from to its document.
extension LoadedProvider {
    static func files(_ source: ProviderSource) throws(CallError) -> DocumentFiles {
        let texts = Dictionary(source.files.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
        do throws(DocumentError) {
            return try DocumentFiles(root: source.root) { path in texts[path].map { Array($0.utf8) } }
        } catch { throw CallError(.invalidInput, error.description) }
    }

    /// What comes with Capstan for the document: where it is named, or where nothing is said and the document's server is
    /// known.
    static func shipped(_ source: ProviderSource, _ files: DocumentFiles) throws(CallError) -> ShippedProvider? {
        guard let said = source.mapping else {
            let value = files.files[files.root]
            let found = value?["servers"]?[0]?["url"]?.stringValue.flatMap(ShippedProvider.of(server:))
            // Another edition of the document may name its operations otherwise.
            let names = value?["paths"]?.objectValue?.flatMap { path in
                (path.value.objectValue ?? [:]).compactMap { $0.value["operationId"]?.stringValue }
            }
            return found.flatMap { shipped in names?.contains(shipped.landmark) == true ? shipped : nil }
        }
        guard said.hasPrefix("builtin:") else { return nil }
        let name = String(said.dropFirst("builtin:".count))
        if let shipped = ShippedProvider.named(name) { return shipped }
        let known = ShippedProvider.all.map(\.name).joined(separator: ", ")
        throw CallError(.invalidInput, "there is no builtin mapping `\(name.prefix(64))`; there are \(known)")
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
