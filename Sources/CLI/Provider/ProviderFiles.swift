import Daemon
import Glibc
import Mapping
import OpenAPI
import Operations

/// The files of a document, as they go to the hub.
enum ProviderFiles {
    /// - Throws: ``Failure`` for a file that cannot be read, is no document, or is too long for one call.
    static func input(_ name: String, _ path: String) async throws -> ProviderImportInput {
        // A name is the hub's to know, and a file is read here.
        if isBuiltIn(path) { return ProviderImportInput(name: name, root: path, files: []) }
        guard path != "-" else {
            let text = try await InputDescriptor().text(limit: longest)
            return ProviderImportInput(name: name, root: "stdin", files: [.init(path: "stdin", text: text)])
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let root = slash.map { String(path[path.index(after: $0)...]) } ?? path
        var texts: [String: String] = [:]
        let document: DocumentFiles
        do {
            document = try DocumentFiles(root: root) { part in
                let bytes = part == root ? try bytes(path) : try bytes(of: part, in: folder)
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw Failure.malformed("\(folder + part) is not UTF-8")
                }
                texts[part] = text
                return bytes
            }
        } catch {
            _ = try bytes(path)
            throw Failure.malformed(error.description)
        }
        // What could not be read as a document is none of it, and stays here.
        let files = texts.filter { document.files[$0.key] != nil }.sorted { $0.key < $1.key }
            .map { ProviderImportInput.File(path: $0.key, text: $0.value) }
        guard files.reduce(0, { $0 + $1.text.utf8.count }) <= longest else {
            throw Failure.malformed("\(path) and its files are longer than \(longest >> 20) MiB")
        }
        return ProviderImportInput(name: name, root: root, files: files)
    }

    /// Whether it names something that comes with Capstan.
    static func isBuiltIn(_ text: String?) -> Bool { text?.hasPrefix(ShippedProvider.prefix) == true }

    /// A text goes as JSON, which is longer.
    private static let longest = ProviderImportInput.longest / 3 * 2

    static func text(_ path: String?, as what: String) async throws -> String? {
        guard let path else { return nil }
        return try await YAMLFile.read(path, as: what)
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        var facts = stat()
        if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
            throw Failure.malformed("\(path) is no plain file; - reads the document from stdin")
        }
        return try AtomicFile.read(path, limit: longest)
    }

    /// A file that a document refers to: one that is in the folder also when links are followed.
    private static func bytes(of part: String, in folder: String) throws -> [UInt8] {
        guard let home = resolved(folder.isEmpty ? "." : folder), let target = resolved(folder + part),
            target.hasPrefix(home == "/" ? home : home + "/")
        else { throw Failure.malformed("\(folder + part) is not in the document's folder") }
        return try bytes(target)
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = realpath(path, nil) else { return nil }
        defer { free(text) }
        return String(cString: text)
    }
}
