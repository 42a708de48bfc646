/// How bulk bytes are sent, by whatever carries them.
package enum BulkLoad {
    /// Bytes of one write.
    package static let writeSize = 64 * 1024
    /// Bytes that may wait in a sender before it goes on.
    package static let queued = 512 * 1024
    /// The header of a pipe's load: how many bytes follow.
    package static let headerSize = 8

    /// Serves commands `STREAMS BYTES` until stdin ends, and announces how many nanoseconds each took.
    ///
    /// - Parameter send: sends so many bytes over so many streams together, and returns when the other side has them all.
    package static func serve(send: (_ streams: Int, _ bytes: Int) async throws -> Void) async throws {
        for await line in LoadCommands.lines() {
            let parts = line.split(separator: " ").compactMap { Int($0) }
            guard parts.count == 2 else { continue }
            let start = LoadLoop.now()
            try await send(max(1, parts[0]), parts[1])
            LoadCommands.announce("\(LoadLoop.now() - start)")
        }
    }
}
