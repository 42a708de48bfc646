package import CallProtocol

/// Reads one file of a document: JSON, else YAML.
package enum DocumentReader {
    /// Bytes of one file, at most.
    package static let longest = 64 << 20
    private static let limits = JSONLimits(depth: JSONLimits.deepest, bytes: longest, values: 4 << 20)

    /// - Parameter file: what messages call it.
    /// - Throws: ``DocumentError`` with the place where reading stopped.
    package static func read(_ bytes: [UInt8], file: String) throws(DocumentError) -> JSONValue {
        guard bytes.count <= longest else {
            throw DocumentError(file: file, reason: "is longer than \(longest >> 20) MiB")
        }
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        guard let first = bytes.first(where: { !" \t\r\n".utf8.contains($0) }) else {
            throw DocumentError(file: file, reason: "is empty")
        }
        let failure: JSONParseError
        do throws(JSONParseError) { return try JSONParser.parse(bytes, limits: limits) } catch { failure = error }
        // A flow mapping of YAML begins as JSON does; where it is none either, what JSON says of it is nearer the truth.
        let looksLikeJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        do throws(DocumentError) { return try YAMLReader(file: file).read(bytes) } catch {
            guard looksLikeJSON else { throw error }
            throw DocumentError(
                file: file, line: line(of: failure.offset, in: bytes), reason: "is no JSON: \(failure.reason)")
        }
    }

    private static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }
}
