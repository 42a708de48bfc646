import Foundation

/// Replaces all of a file but its first page, as a failing disk would.
func overwrite(_ path: String) async throws {
    let url = URL(filePath: path)
    var bytes = try Data(contentsOf: url)
    bytes.replaceSubrange(4_096..., with: Data(repeating: 0x5A, count: bytes.count - 4_096))
    try bytes.write(to: url)
}
