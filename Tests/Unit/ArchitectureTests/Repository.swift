import FoundationEssentials
import Glibc

/// The working copy that these tests were built from.
enum Repository {
    /// A file, by its path from the root of the repository.
    struct File {
        let path: String
        let source: SwiftSource
    }

    /// The root: four levels above this file, symbolic links resolved.
    static let root: String = {
        let here = realpath(#filePath, nil)
        defer { free(here) }
        let path = here.map { String(cString: $0) } ?? #filePath
        return "/" + path.split(separator: "/").dropLast(4).joined(separator: "/")
    }()

    /// Every Swift file below `folder`, by path.
    static func swiftFiles(below folder: String) throws -> [File] {
        try paths(below: folder).filter { $0.hasSuffix(".swift") }.map { path in
            File(path: path, source: SwiftSource(try text(path)))
        }
    }

    /// Every folder below `folder`, itself not included.
    static func folders(below folder: String) throws -> [String] {
        try paths(below: folder).filter { path in
            var isFolder = false
            return FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder) && isFolder
        }
    }

    static func text(_ path: String) throws -> String {
        let bytes = try Data(contentsOf: URL(filePath: root + "/" + path))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func paths(below folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)
            .filter { path in !path.split(separator: "/").contains { $0.hasPrefix(".") } }
            .map { folder + "/" + $0 }.sorted()
    }
}
