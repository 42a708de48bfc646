import Daemon
import OpenAPI
import Operations

/// The files of a document, as they go to the hub.
enum ProviderFiles {
    /// - Throws: ``Failure`` for a file that cannot be read, is no document, or is too long for one call.
    static func input(_ name: String, _ path: String) async throws -> ProviderImportInput {
        guard path != "-" else {
            let text = try await InputDescriptor().text(limit: longest)
            return ProviderImportInput(name: name, root: "stdin", files: [.init(path: "stdin", text: text)])
        }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let root = slash.map { String(path[path.index(after: $0)...]) } ?? path
        _ = try bytes(path)
        var files: [ProviderImportInput.File] = []
        do {
            _ = try DocumentFiles(root: root) { part in
                let bytes = try bytes(folder + part)
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw Failure.malformed("\(folder + part) is not UTF-8")
                }
                files.append(.init(path: part, text: text))
                return bytes
            }
        } catch { throw Failure.malformed(error.description) }
        guard files.reduce(0, { $0 + $1.text.utf8.count }) <= longest else {
            throw Failure.malformed("\(path) and its files are longer than \(longest >> 20) MiB")
        }
        return ProviderImportInput(name: name, root: root, files: files)
    }

    /// A text goes as JSON, which is longer.
    private static let longest = ProviderImportInput.longest / 3 * 2

    static func text(_ path: String?, as what: String) async throws -> String? {
        guard let path else { return nil }
        return try await YAMLFile.read(path, as: what)
    }

    private static func bytes(_ path: String) throws -> [UInt8] { try AtomicFile.read(path, limit: longest) }
}
