package import CallProtocol
package import NIOCore

/// Reads values that an engine sends one after the other, a line each: events, statistics, progress.
package struct JSONStream: Sendable {
    /// Bytes of one value, at most.
    private static let longest = 4 << 20

    private var lines = LineDecoder(limit: longest)

    package init() {}

    package mutating func append(_ bytes: ByteBuffer) { lines.append(bytes) }

    /// The next value; nil when more must come.
    /// - Throws: ``EngineError/malformed(_:)``.
    package mutating func next() throws(EngineError) -> JSONValue? {
        while let line = lines.next() {
            guard !line.isPartial else { throw .malformed("a value longer than \(Self.longest >> 20) MiB") }
            let value = try EngineClient.json(line.bytes)
            if case .null = value { continue }
            return value
        }
        return nil
    }

    /// What stands behind the last newline.
    package mutating func finish() throws(EngineError) -> JSONValue? {
        guard let line = lines.finish() else { return nil }
        let value = try EngineClient.json(line.bytes)
        if case .null = value { return nil }
        return value
    }
}

extension EngineAnswer {
    /// Hands on each value as it comes, to the end of the answer or until `body` says that it has enough.
    package mutating func values(_ body: (JSONValue) async throws -> Bool) async throws {
        var stream = JSONStream()
        while let bytes = try await next() {
            stream.append(bytes)
            while let value = try stream.next() {
                guard try await body(value) else { return }
            }
        }
        if let last = try stream.finish() { _ = try await body(last) }
    }
}
