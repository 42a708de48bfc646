import Foundation

/// The built product, which has the `supervise` entry.
package enum BuiltBinary {
    /// The program was not built beside the test bundle.
    package struct Missing: Error {}

    /// Its path, or that of another program of the package, found beside the test bundle or above it.
    package static func path(_ name: String = "capstan") throws -> String {
        for candidate in [Bundle.main.bundlePath, Bundle.main.executablePath ?? ""] + CommandLine.arguments {
            var folder = URL(filePath: candidate)
            for _ in 0..<6 {
                let path = folder.appending(path: name).path
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
                    FileManager.default.isExecutableFile(atPath: path)
                {
                    return path
                }
                folder.deleteLastPathComponent()
            }
        }
        throw Missing()
    }
}
