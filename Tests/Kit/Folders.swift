import Foundation

/// A folder of its own for one test, for its owner alone; removed afterwards, when nothing runs for it any more.
package func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = Leftovers.folder("test")
    try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let result: Result<Value, any Error>
    do { result = .success(try await body(path)) } catch { result = .failure(error) }
    await Leftovers.endSupervisors(below: path)
    try? FileManager.default.removeItem(atPath: path)
    return try result.get()
}

/// Whether a process is there and not a zombie.
package func isAlive(_ pid: Int32) -> Bool {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
    return !stat.contains(") Z ") && !stat.contains(") X ")
}
