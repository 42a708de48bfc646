package import Foundation

/// Documents of real providers, where a copy of them lies beside the repository.
package enum RealDocuments {
    package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../shared/openapi").standardizedFileURL

    package static var isThere: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// With the number of operations that a script of a few lines, which knows nothing of this code, counted in each.
    package static let counts: [(path: String, operations: Int)] = [
        ("runpod/openapi-v1.json", 37), ("runpod/openapi-v2.json", 53), ("vastai/openapi.yaml", 100),
        ("vastai/openapi-older.json", 86), ("lambda/openapi.json", 37), ("fly/openapi.yaml", 34),
        ("docker/v1.43.yaml", 107),
    ]

    /// The name of a document's file, and the bytes of those in its folder.
    package static func read(_ path: String) -> (root: String, read: (String) -> [UInt8]?) {
        let file = folder.appendingPathComponent(path)
        return (
            file.lastPathComponent,
            { name in try? [UInt8](Data(contentsOf: file.deletingLastPathComponent().appendingPathComponent(name))) }
        )
    }
}
